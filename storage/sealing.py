"""What is sealed, and who can open it: the only user of PyNaCl.

Every sealed value begins with a version byte, so that another algorithm can follow, and is bound to its place,
so that a value moved to another row does not open there."""

import base64
import hashlib
import hmac
import secrets
import struct
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from nacl import bindings, exceptions, pwhash

from storage.hashing import hashing_slot

# OWASP's floor is 19 MiB and 2 passes; this is the most that one slow core does in a quarter of a second.
PASSWORD_MEMORY_BYTES, PASSWORD_PASSES = 64 * 1024 * 1024, 3
RECEIPT_MEMORY_BYTES, RECEIPT_PASSES = 64 * 1024 * 1024, 3

STREAM_CHUNK_BYTES = 64 * 1024
_VERSION = b"\x01"
_KEY = bindings.crypto_aead_xchacha20poly1305_ietf_KEYBYTES
_NONCE = bindings.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
_TAG = bindings.crypto_aead_xchacha20poly1305_ietf_ABYTES
_SEALED_KEY = _KEY + bindings.crypto_box_SEALBYTES
_STREAM_HEADER = bindings.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_STREAM_EXTRA = bindings.crypto_secretstream_xchacha20poly1305_ABYTES
_STREAM_MORE = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_STREAM_FINAL = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_SALT = pwhash.argon2id.SALTBYTES
_RECOVERY_CHECK_BYTES = 3  # 32 + 3 bytes are 56 letters without padding; a slip passes once in 16 million


class UnsealError(Exception):
    """This cannot be opened: altered, cut short, moved from its place, or sealed to another key."""


class WrongPasswordError(Exception):
    """The password does not open the key."""


class RecoveryTextError(ValueError):
    """That is not a recovery key: a letter is wrong or missing."""


@dataclass(frozen=True)
class KeyPair:
    """Whoever has the public half can seal, and only the private half opens (X25519)."""

    public: bytes
    private: bytes = field(repr=False)


@dataclass(frozen=True)
class Wrapped:
    """A private key under a password."""

    salt: bytes
    wrapped: bytes


def new_key_pair() -> KeyPair:
    """Make a key pair from the system's randomness."""
    public, private = bindings.crypto_box_keypair()
    return KeyPair(public, private)


def public_of(private: bytes) -> bytes:
    """The public half of a private key."""
    return bytes(bindings.crypto_scalarmult_base(private))


# -- single values ----------------------------------------------------------------------------------------


def seal(public: bytes, plain: bytes, bound_to: str) -> bytes:
    """Seal a value to a public key, bound to its place, such as "sealed_numbers/42"."""
    key = secrets.token_bytes(_KEY)
    return _VERSION + bindings.crypto_box_seal(key, public) + _encrypt(key, plain, bound_to)


def unseal(private: bytes, sealed: bytes, bound_to: str) -> bytes:
    """Open a sealed value. Raises UnsealError."""
    body = _body(sealed)
    return _decrypt(_open_key(private, body[:_SEALED_KEY]), body[_SEALED_KEY:], bound_to)


def grant(private: bytes, to_public: bytes) -> bytes:
    """Seal a private key to somebody's public key."""
    return _VERSION + bytes(bindings.crypto_box_seal(private, to_public))


def open_grant(sealed: bytes, officer_private: bytes) -> bytes:
    """Open a granted private key. Raises UnsealError."""
    return _open_key(officer_private, _body(sealed))


# -- passwords, paper, receipts ---------------------------------------------------------------------------


def wrap_private(private: bytes, password: str) -> Wrapped:
    """Lock a private key with a password."""
    salt = new_salt()
    return Wrapped(salt, _VERSION + _encrypt(_password_key(password, salt), private, "private key"))


def unwrap_private(wrapped: Wrapped, password: str) -> bytes:
    """Unlock a private key. Raises WrongPasswordError; takes as long for a wrong password as for the right one."""
    try:
        return _decrypt(_password_key(password, wrapped.salt), _body(wrapped.wrapped), "private key")
    except UnsealError:
        raise WrongPasswordError from None


def recovery_text(private: bytes) -> str:
    """A private key as fourteen groups of four letters, to be printed and kept in a safe."""
    letters = base64.b32encode(private + _recovery_check(private)).decode()
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def recovery_private(text: str) -> bytes:
    """The private key that was printed, however it was typed. Raises RecoveryTextError."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    try:
        # The alphabet has none of 0, 1 and 8, so what looks like one is a letter.
        found = base64.b32decode(letters.translate(str.maketrans("018", "OIB")))
    except ValueError:
        raise RecoveryTextError(RecoveryTextError.__doc__) from None
    private, check = found[:_KEY], found[_KEY:]
    if len(private) != _KEY or not hmac.compare_digest(check, _recovery_check(private)):
        raise RecoveryTextError(RecoveryTextError.__doc__)
    return private


def new_salt() -> bytes:
    """A salt for one hash."""
    return secrets.token_bytes(_SALT)


def hash_receipt(secret_digits: str, pepper: bytes, salt: bytes) -> bytes:
    """Hash the secret part of a receipt, slowly. The database without the pepper does not suffice to guess it."""
    peppered = hmac.digest(pepper, secret_digits.encode(), hashlib.sha256)
    return _argon2id(peppered, salt, RECEIPT_PASSES, RECEIPT_MEMORY_BYTES)


# -- the application secret -------------------------------------------------------------------------------


class ApplicationSecret:
    """The installation's own secret: for what the web process must read again itself, each purpose with its own key."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 16:
            raise ValueError("the application secret is too short")
        self._secret = secret

    def encrypt(self, purpose: str, plain: bytes, bound_to: str) -> bytes:
        """Encrypt a value, bound to its place."""
        return _VERSION + _encrypt(_derived(self._secret, "encrypt", purpose), plain, bound_to)

    def decrypt(self, purpose: str, sealed: bytes, bound_to: str) -> bytes:
        """Decrypt a value. Raises UnsealError."""
        return _decrypt(_derived(self._secret, "encrypt", purpose), _body(sealed), bound_to)

    def mac(self, purpose: str, *parts: bytes) -> bytes:
        """A keyed digest of 32 bytes over parts, which cannot be cut differently and give the same."""
        return hmac.digest(_derived(self._secret, "mac", purpose), _joined(*parts), hashlib.sha256)


@lru_cache(maxsize=256)
def _derived(secret: bytes, use: str, purpose: str) -> bytes:
    label = _joined(b"keychain-hotline", use.encode(), purpose.encode())
    return hmac.digest(secret, label, hashlib.sha256)


# -- streams ----------------------------------------------------------------------------------------------


def seal_stream(public: bytes, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Seal a stream to a public key, piece by piece, bound to the name under which it is kept."""
    key = bindings.crypto_secretstream_xchacha20poly1305_keygen()
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    header = bindings.crypto_secretstream_xchacha20poly1305_init_push(state, key)
    yield _VERSION + bindings.crypto_box_seal(key, public) + header
    bound = _place(name)
    for piece, last in _pieces(chunks, STREAM_CHUNK_BYTES):
        tag = _STREAM_FINAL if last else _STREAM_MORE
        yield bindings.crypto_secretstream_xchacha20poly1305_push(state, piece, bound, tag)


def unseal_stream(private: bytes, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Open a sealed stream piece by piece. Raises UnsealError, also at its end where the end is missing."""
    source = _Source(chunks)
    body = _body(source.take(len(_VERSION) + _SEALED_KEY + _STREAM_HEADER))
    key = _open_key(private, body[:_SEALED_KEY])
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    bound = _place(name)
    try:
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, body[_SEALED_KEY:], key)
        for piece, last in _pieces(source, STREAM_CHUNK_BYTES + _STREAM_EXTRA):
            plain, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, piece, bound)
            if (tag == _STREAM_FINAL) != last:
                raise UnsealError
            yield plain
    except exceptions.CryptoError:
        raise UnsealError from None


class _Source:
    """Chunks of any size, of which some bytes can be taken first."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = b""

    def take(self, size: int) -> bytes:
        taken = bytearray()
        for chunk in self._chunks:
            taken += chunk
            if len(taken) >= size:
                break
        self._rest = bytes(taken[size:])
        return bytes(taken[:size])

    def __iter__(self) -> Iterator[bytes]:
        yield self._rest
        yield from self._chunks


def _pieces(chunks: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """The same bytes in pieces of one size, each with whether it is the last; the last may be short or empty."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) > size:
            yield bytes(waiting[:size]), False
            del waiting[:size]
    yield bytes(waiting), True


# -- the parts --------------------------------------------------------------------------------------------


def _encrypt(key: bytes, plain: bytes, bound_to: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, _place(bound_to), nonce, key)


def _decrypt(key: bytes, sealed: bytes, bound_to: str) -> bytes:
    if len(sealed) < _NONCE + _TAG:
        raise UnsealError
    nonce, body = sealed[:_NONCE], sealed[_NONCE:]
    try:
        return bytes(bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(body, _place(bound_to), nonce, key))
    except exceptions.CryptoError:
        raise UnsealError from None


def _open_key(private: bytes, sealed: bytes) -> bytes:
    try:
        return bytes(bindings.crypto_box_seal_open(sealed, public_of(private), private))
    except exceptions.CryptoError:
        raise UnsealError from None


def _body(sealed: bytes) -> bytes:
    if sealed[:1] != _VERSION:
        raise UnsealError
    return sealed[1:]


def _place(bound_to: str) -> bytes:
    return _VERSION + bound_to.encode()


def _joined(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">Q", len(part)) + part for part in parts)


def _password_key(password: str, salt: bytes) -> bytes:
    # The same Vietnamese password is spelt in two ways by two keyboards.
    spelt = unicodedata.normalize("NFKC", password).encode()
    return _argon2id(spelt, salt, PASSWORD_PASSES, PASSWORD_MEMORY_BYTES)


def _argon2id(secret: bytes, salt: bytes, passes: int, memory_bytes: int) -> bytes:
    with hashing_slot():
        return pwhash.argon2id.kdf(_KEY, secret, salt, opslimit=passes, memlimit=memory_bytes)


def _recovery_check(private: bytes) -> bytes:
    return hashlib.sha256(b"keychain-hotline recovery key" + private).digest()[:_RECOVERY_CHECK_BYTES]
