"""Recordings, sealed, under names that say nothing: in a folder, or in an S3 store when one machine is outgrown."""

import fcntl
import hashlib
import itertools
import os
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import fsspec
from fsspec.implementations.local import LocalFileSystem

from storage.sealing import seal_stream, unseal_stream

_READ_BYTES = 256 * 1024
_UNFINISHED = ".part"
_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Kept:
    """A recording that is safely there: its name, and the size and digest of its sealed bytes."""

    name: str
    bytes: int
    sha256: str


class TooLargeError(Exception):
    """There is more of it than is allowed."""


class NotKeptError(Exception):
    """What was written could not be read back as it was."""


class Vault:
    """Sealed streams at an fsspec address. `options` go to the file system behind it."""

    def __init__(self, url: str, **options: Any) -> None:
        self._url = url
        self._options = options

    def keep(self, public: bytes, chunks: Iterable[bytes], limit: int) -> Kept:
        """Seal a stream of at most `limit` plain bytes and keep it; when this returns, it is on the disk.

        Raises TooLargeError, NotKeptError, OSError, or what `chunks` raised; then nothing is left behind."""
        name = uuid.uuid4().hex
        digest, size = hashlib.sha256(), 0
        with self._new_file(name) as file:
            for piece in seal_stream(public, name, _at_most(limit, chunks)):
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        if not self.verify(name, digest.hexdigest(), size):
            self.remove(name)
            raise NotKeptError(NotKeptError.__doc__)
        return Kept(name, size, digest.hexdigest())

    def read(self, name: str, private: bytes) -> Iterator[bytes]:
        """Open a recording. Raises FileNotFoundError and UnsealError at once, UnsealError also in mid-stream."""
        plain = unseal_stream(private, name, self._sealed(name))
        return itertools.chain([next(plain, b"")], plain)

    def verify(self, name: str, sha256: str, size: int) -> bool:
        """Whether the sealed bytes are all there and the same."""
        digest, found = hashlib.sha256(), 0
        try:
            for piece in self._sealed(name):
                digest.update(piece)
                found += len(piece)
        except FileNotFoundError:
            return False
        return found == size and digest.hexdigest() == sha256

    def remove(self, name: str) -> None:
        """Delete a recording; one that is gone already stays gone."""
        with suppress(FileNotFoundError):
            self._files.rm_file(self._path(name))
        if self._is_folder:
            _sync_folder(Path(self._root))

    def names(self) -> Iterator[str]:
        """The names of all that is kept."""
        for path in self._files.find(self._root, maxdepth=1):
            name = path.rpartition("/")[2]
            if _NAME.fullmatch(name):
                yield name

    def remove_leftovers(self) -> int:
        """Delete what a crash left half-written, but nothing that is being written. An S3 store drops its own."""
        if not self._is_folder:
            return 0
        return sum(_remove_if_abandoned(file) for file in Path(self._root).glob(f"*{_UNFINISHED}"))

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        files, root = fsspec.url_to_fs(self._url, use_listings_cache=False, **self._options)
        return files, root.rstrip("/")

    @property
    def _files(self) -> Any:
        return self._opened[0]

    @property
    def _root(self) -> str:
        return self._opened[1]

    @property
    def _is_folder(self) -> bool:
        return isinstance(self._files, LocalFileSystem)

    def _path(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise FileNotFoundError("no recording has such a name")
        return f"{self._root}/{name}"

    def _sealed(self, name: str) -> Iterator[bytes]:
        with self._files.open(self._path(name), "rb") as file:
            while piece := file.read(_READ_BYTES):
                yield piece

    @contextmanager
    def _new_file(self, name: str) -> Iterator[Any]:
        if self._is_folder:
            with _durable_file(Path(self._root), name) as file:
                yield file
            return
        upload = self._files.open(self._path(name), "wb", autocommit=False)
        try:
            yield upload
            upload.close()
            upload.commit()
        except BaseException:
            upload.discard()
            upload.closed = True  # fsspec would else finish the upload when the file is forgotten
            raise


def _at_most(limit: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise TooLargeError(TooLargeError.__doc__)
        yield chunk


@contextmanager
def _durable_file(folder: Path, name: str) -> Iterator[BinaryIO]:
    """A file that appears under its name whole and on the disk, or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = folder / f"{name}{_UNFINISHED}"
    handle = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)  # says to remove_leftovers that somebody is at work
            yield file
            file.flush()
            os.fsync(file.fileno())
            unfinished.rename(folder / name)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_if_abandoned(unfinished: Path) -> bool:
    try:
        with unfinished.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unfinished.unlink()
    except (BlockingIOError, FileNotFoundError):
        return False
    return True
