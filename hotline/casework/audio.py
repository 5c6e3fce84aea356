"""What the bytes of a recording say about themselves, learnt while they pass by."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_HEAD = 4096  # a header that does not fit in here is nobody's telephone recording
_OPEN_END = 0xFFFFFFFF  # a length that a streaming writer did not know
WAV = "audio/wav"
MP3 = "audio/mpeg"


@dataclass(frozen=True)
class Wav:
    """The header of a RIFF/WAVE file: bytes a second, where the samples begin, how many bytes it promises."""

    byte_rate: int
    begins: int
    promised: int | None


@dataclass(frozen=True)
class Heard:
    """What passed by: how much, of which type, how long it lasts if that can be told, whether its end is missing."""

    size: int
    media_type: str | None
    duration_s: int | None
    cut_short: bool


class Listener:
    """Passes chunks through unchanged and remembers how they began and how many bytes they were."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._size = 0

    def listen(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the same chunks."""
        for chunk in chunks:
            self._head += chunk[: max(_HEAD - len(self._head), 0)]
            self._size += len(chunk)
            yield chunk

    def heard(self) -> Heard:
        """What the bytes were, once they have all passed."""
        head = bytes(self._head)
        wav = read_wav_header(head)
        return Heard(
            size=self._size,
            media_type=media_type(head),
            duration_s=_lasts(wav, self._size),
            cut_short=wav is not None and wav.promised is not None and wav.begins + wav.promised > self._size,
        )


def media_type(head: bytes) -> str | None:
    """The type that the first bytes show, whatever was claimed: WAV, MP3 or nothing that we can play."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return WAV
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return MP3
    return None


def read_wav_header(head: bytes) -> Wav | None:
    """Read the header from the first bytes of a file; None where there is no whole one."""
    if media_type(head) != WAV:
        return None
    byte_rate, at = 0, 12
    while at + 8 <= len(head):
        name, length = struct.unpack_from("<4sI", head, at)
        if name == b"fmt " and at + 20 <= len(head):
            byte_rate = struct.unpack_from("<I", head, at + 16)[0]
        elif name == b"data":
            return Wav(byte_rate, at + 8, None if length in (0, _OPEN_END) else length)
        at += 8 + length + length % 2  # chunks are padded to an even length
    return None


def _lasts(wav: Wav | None, size: int) -> int | None:
    if wav is None or wav.byte_rate <= 0:
        return None
    return round(max(size - wav.begins, 0) / wav.byte_rate)
