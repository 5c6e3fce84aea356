"""What the bytes of a recording say about themselves."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.casework.audio import Heard, Listener, media_type, read_wav_header
from tests.hotline.worker.scene import wav


def _heard(body: bytes, piece: int = 1000) -> Heard:
    listener = Listener()
    chunks = [body[start : start + piece] for start in range(0, len(body), piece)]
    assert b"".join(listener.listen(chunks)) == body
    return listener.heard()


@pytest.mark.parametrize("piece", [1, 7, 1000, 10**6])
def test_a_wav_tells_its_length_however_it_is_cut(piece: int) -> None:
    assert _heard(wav(3), piece) == Heard(len(wav(3)), "audio/wav", 3, cut_short=False)


def test_a_wav_whose_end_is_missing_is_known() -> None:
    heard = _heard(wav(3)[:-1])
    assert heard.cut_short
    assert heard.duration_s == 3


@pytest.mark.parametrize("promised", [0, 0xFFFFFFFF])
def test_a_streamed_wav_without_a_length_is_measured(promised: int) -> None:
    body = bytearray(wav(3))
    body[40:44] = struct.pack("<I", promised)
    assert _heard(bytes(body)) == Heard(len(body), "audio/wav", 3, cut_short=False)


def test_a_chunk_before_the_samples_is_stepped_over() -> None:
    plain = wav(2)
    noted = plain[:36] + b"LIST" + struct.pack("<I", 5) + b"hello\0" + plain[36:]
    assert _heard(noted).duration_s == 2


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"RIFF\0\0\0\0AVI ", None),
        (b"<?xml version", None),
        (b"{}", None),
        (b"\xff\xff", None),
        (b"", None),
    ],
)
def test_the_type_is_what_the_first_bytes_say(head: bytes, expected: str | None) -> None:
    assert media_type(head) == expected


@given(st.binary(max_size=300), st.binary(max_size=60))
def test_no_bytes_are_too_strange(tail: bytes, head: bytes) -> None:
    for body in (head + tail, b"RIFF\0\0\0\0WAVE" + tail, wav(0)[:36] + tail):
        read_wav_header(body)
        _heard(body, 7)
