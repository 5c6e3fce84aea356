"""What is sealed opens for its key, in its place, whole and unaltered, and in no other case."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import sealing
from storage.sealing import (
    ApplicationSecret,
    KeyPair,
    RecoveryTextError,
    UnsealError,
    Wrapped,
    WrongPasswordError,
    grant,
    hash_receipt,
    new_key_pair,
    new_salt,
    open_grant,
    public_of,
    recovery_private,
    recovery_text,
    seal,
    unseal,
    unwrap_private,
    wrap_private,
)

OURS, OTHERS = new_key_pair(), new_key_pair()
SECRET = ApplicationSecret(b"a secret of this installation")
places = st.text(max_size=40)


def _flipped(value: bytes, bit: int) -> bytes:
    bit %= len(value) * 8
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@given(st.binary(max_size=2000), places)
def test_what_is_sealed_opens_in_its_place(plain: bytes, place: str) -> None:
    sealed = seal(OURS.public, plain, place)
    assert unseal(OURS.private, sealed, place) == plain
    assert len(plain) < 8 or plain not in sealed


@given(st.binary(max_size=200), places, st.integers(min_value=0))
def test_an_altered_value_does_not_open(plain: bytes, place: str, bit: int) -> None:
    with pytest.raises(UnsealError):
        unseal(OURS.private, _flipped(seal(OURS.public, plain, place), bit), place)


@given(st.binary(max_size=200), st.integers(min_value=0))
def test_a_shortened_or_lengthened_value_does_not_open(plain: bytes, length: int) -> None:
    sealed = seal(OURS.public, plain, "here")
    for wrong in (sealed[: length % len(sealed)], sealed + b"\0"):
        with pytest.raises(UnsealError):
            unseal(OURS.private, wrong, "here")


@given(places, places)
def test_a_value_moved_to_another_row_does_not_open(place: str, other: str) -> None:
    sealed = seal(OURS.public, b"+84912345678", place)
    if place != other:
        with pytest.raises(UnsealError):
            unseal(OURS.private, sealed, other)


def test_a_value_opens_for_no_other_key() -> None:
    with pytest.raises(UnsealError):
        unseal(OTHERS.private, seal(OURS.public, b"+84912345678", "here"), "here")


@given(st.binary(max_size=300))
def test_noise_does_not_open_and_does_not_break_anything(noise: bytes) -> None:
    for attempt in (
        lambda: unseal(OURS.private, noise, "here"),
        lambda: unseal(OURS.private, b"\x01" + noise, "here"),
        lambda: open_grant(noise, OURS.private),
        lambda: open_grant(b"\x01" + noise, OURS.private),
        lambda: SECRET.decrypt("position", noise, "here"),
        lambda: SECRET.decrypt("position", b"\x01" + noise, "here"),
    ):
        with pytest.raises(UnsealError):
            attempt()


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert seal(OURS.public, b"yes", "here") != seal(OURS.public, b"yes", "here")


def test_a_grant_opens_for_its_officer_only() -> None:
    granted = grant(OURS.private, OTHERS.public)
    assert open_grant(granted, OTHERS.private) == OURS.private
    with pytest.raises(UnsealError):
        open_grant(granted, OURS.private)


def test_the_public_half_follows_from_the_private_one() -> None:
    assert public_of(OURS.private) == OURS.public


def test_a_private_key_is_never_printed() -> None:
    pair = KeyPair(public=b"public", private=b"hush")
    assert "hush" not in f"{pair} {pair!r}"
    assert "installation" not in repr(SECRET)


def test_a_password_unlocks_its_key_and_no_other_does() -> None:
    wrapped = wrap_private(OURS.private, "mật khẩu dài 2026")
    assert unwrap_private(wrapped, "mật khẩu dài 2026") == OURS.private
    for wrong in ("mat khau dai 2026", "", "mật khẩu dài 2026 "):
        with pytest.raises(WrongPasswordError):
            unwrap_private(wrapped, wrong)


def test_a_password_is_the_same_from_both_kinds_of_keyboard() -> None:
    composed, decomposed = "m\u1eadt", "ma\u0323\u0302t"
    assert unwrap_private(wrap_private(OURS.private, composed), decomposed) == OURS.private


def test_a_damaged_key_is_not_unlocked() -> None:
    wrapped = wrap_private(OURS.private, "a long password")
    with pytest.raises(WrongPasswordError):
        unwrap_private(Wrapped(wrapped.salt, b""), "a long password")


@given(st.binary(min_size=32, max_size=32), st.sampled_from([str.lower, str.upper, lambda t: t.replace(" ", "-\n")]))
def test_a_recovery_key_survives_paper_however_it_is_typed(private: bytes, typed) -> None:
    text = recovery_text(private)
    assert len(text.split()) == 14
    assert recovery_private(typed(text)) == private


def test_letters_that_look_like_digits_may_be_typed_as_digits() -> None:
    text = recovery_text(bytes(range(32)))
    assert recovery_private(text.replace("O", "0").replace("I", "1").replace("B", "8")) == bytes(range(32))


@settings(max_examples=300)
@given(st.binary(min_size=32, max_size=32), st.integers(0, 55), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_a_wrong_letter_in_a_recovery_key_is_noticed(private: bytes, at: int, letter: str) -> None:
    letters = recovery_text(private).replace(" ", "")
    mistyped = letters[:at] + letter + letters[at + 1 :]
    if mistyped != letters:
        with pytest.raises(RecoveryTextError):
            recovery_private(mistyped)


@given(st.text(max_size=80))
def test_any_other_text_is_not_a_recovery_key(text: str) -> None:
    with pytest.raises(RecoveryTextError):
        recovery_private(text)


def test_a_receipt_is_found_again_by_digits_salt_and_pepper_together() -> None:
    salt, pepper = new_salt(), b"p" * 32
    kept = hash_receipt("1234567", pepper, salt)
    assert len(kept) == 32
    assert hash_receipt("1234567", pepper, salt) == kept
    others = (
        hash_receipt("1234568", pepper, salt),
        hash_receipt("1234567", b"q" * 32, salt),
        hash_receipt("1234567", pepper, new_salt()),
    )
    assert kept not in others


def test_hashes_cost_what_security_asks_for() -> None:
    assert sealing.PASSWORD_MEMORY_BYTES >= 64 * 2**20
    assert sealing.RECEIPT_MEMORY_BYTES >= 64 * 2**20
    assert sealing.PASSWORD_PASSES >= 3
    assert sealing.RECEIPT_PASSES >= 3


@given(st.binary(max_size=500), places)
def test_the_application_secret_reads_its_own_writing(plain: bytes, place: str) -> None:
    assert SECRET.decrypt("answer", SECRET.encrypt("answer", plain, place), place) == plain


def test_each_purpose_and_each_installation_has_its_own_key() -> None:
    written = SECRET.encrypt("answer", b"<Response/>", "steps/1/0")
    for reader, purpose, place in (
        (SECRET, "position", "steps/1/0"),
        (SECRET, "answer", "steps/1/1"),
        (ApplicationSecret(b"a secret of that installation"), "answer", "steps/1/0"),
    ):
        with pytest.raises(UnsealError):
            reader.decrypt(purpose, written, place)
    assert SECRET.mac("heard", b"9") != SECRET.mac("login", b"9")


@given(st.lists(st.binary(max_size=8), max_size=4), st.lists(st.binary(max_size=8), max_size=4))
def test_a_mac_tells_how_its_parts_were_cut(one: list[bytes], other: list[bytes]) -> None:
    assert (SECRET.mac("heard", *one) == SECRET.mac("heard", *other)) == (one == other)
    assert len(SECRET.mac("heard", *one)) == 32


def test_a_secret_that_is_hardly_one_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        ApplicationSecret(b"short")
