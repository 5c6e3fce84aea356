"""A sealed recording opens whole or not at all: no piece may be cut off, swapped, doubled or altered unnoticed."""

from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storage.sealing import STREAM_CHUNK_BYTES, UnsealError, new_key_pair, seal_stream, unseal_stream

OURS, OTHERS = new_key_pair(), new_key_pair()
HEADER = 1 + 80 + 24
FRAME = STREAM_CHUNK_BYTES + 17
THREE = bytes(range(256)) * (STREAM_CHUNK_BYTES * 5 // 2 // 256)  # two and a half pieces


def _sealed(chunks: Iterable[bytes], name: str = "n") -> bytes:
    return b"".join(seal_stream(OURS.public, name, chunks))


def _opened(sealed: Iterable[bytes], name: str = "n") -> bytes:
    return b"".join(unseal_stream(OURS.private, name, sealed))


@given(st.lists(st.integers(0, 3 * STREAM_CHUNK_BYTES // 2), max_size=4), st.integers(1, 2 * FRAME))
@example([], 1000)
@example([STREAM_CHUNK_BYTES], FRAME)
@example([STREAM_CHUNK_BYTES, STREAM_CHUNK_BYTES], 100)
@example([0, 0], 50)
def test_a_stream_comes_back_however_it_was_cut_up(sizes: list[int], cut: int) -> None:
    chunks = [bytes([n % 251]) * size for n, size in enumerate(sizes)]
    sealed = _sealed(chunks)
    assert _opened(sealed[at : at + cut] for at in range(0, len(sealed), cut)) == b"".join(chunks)


@given(st.integers(min_value=0))
@example(HEADER)
@example(HEADER + FRAME)
@example(HEADER + 2 * FRAME)
def test_a_stream_cut_off_anywhere_does_not_open(length: int) -> None:
    sealed = _sealed([THREE])
    with pytest.raises(UnsealError):
        _opened([sealed[: length % len(sealed)]])


@given(st.integers(min_value=0))
def test_a_stream_with_one_bit_changed_does_not_open(bit: int) -> None:
    sealed = bytearray(_sealed([THREE]))
    bit %= len(sealed) * 8
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(UnsealError):
        _opened([bytes(sealed)])


def test_pieces_cannot_be_swapped_doubled_left_out_or_added() -> None:
    sealed = _sealed([THREE])
    header, one, two, end = (
        sealed[:HEADER],
        sealed[HEADER : HEADER + FRAME],
        sealed[HEADER + FRAME : HEADER + 2 * FRAME],
        sealed[HEADER + 2 * FRAME :],
    )
    assert _opened([header, one, two, end]) == THREE
    for wrong in ([two, one, end], [one, one, two, end], [one, end], [two, end], [one, two, end, end], [end]):
        with pytest.raises(UnsealError):
            _opened([header, *wrong])


def test_a_stream_opens_under_its_own_name_and_for_its_own_key_only() -> None:
    sealed = _sealed([b"RIFF"], "one")
    with pytest.raises(UnsealError):
        _opened([sealed], "two")
    with pytest.raises(UnsealError):
        b"".join(unseal_stream(OTHERS.private, "one", [sealed]))


def test_nothing_of_the_sound_shows() -> None:
    assert b"RIFF" not in _sealed([b"RIFF" * 50_000])


def test_a_long_stream_passes_through_a_small_memory() -> None:
    def endless() -> Iterable[bytes]:
        for _ in range(200):
            yield b"s" * 50_000

    largest = max(len(piece) for piece in seal_stream(OURS.public, "n", endless()))
    assert largest == FRAME
