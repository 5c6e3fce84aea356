"""What somebody has recorded, made fit for the telephone: 8 kHz, mono, 16 bit; or refused with a reason."""

import hashlib
import sys
from array import array
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from hotline.errors import HotlineError
from hotline.sound import RATE, wav

LONGEST_S = 120
SHORTEST_S = 0.3
LARGEST_FILE = 32 * 1024 * 1024
"""Bytes. Two minutes of studio quality (48 kHz, stereo, 24 bit) are 33 MB; a telephone's own recordings are smaller."""

EMPTY, NO_SOUND, TOO_LONG = "empty", "no_sound", "too_long"
SILENT, CLIPPED = "silent", "clipped"

_FULL = 32767
_AT_THE_TOP = 0.985 * _FULL  # resampling rounds the flat tops of a clipped wave off a little
_CLIPPED_SHARE = 0.002  # of all samples; speech recorded well has none
_SILENT_PEAK = 0.02 * _FULL  # 34 dB below the loudest: only the hiss of the room
_READ_FRAMES = RATE
_Pieces = Generator["array[int]", int, None]


class SoundRefusedError(HotlineError):
    """This cannot be played to callers; `why` is EMPTY, NO_SOUND or TOO_LONG."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{self.__doc__} ({why})")
        self.why = why


@dataclass(frozen=True)
class Sound:
    """A recording as it is kept. `doubts`: SILENT or CLIPPED, for a person to judge by ear."""

    file: bytes = field(repr=False)
    duration_ms: int
    doubts: tuple[str, ...]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.file).hexdigest()


def telephone_sound(given: bytes) -> Sound:
    """The sound in a WAV, FLAC, Ogg Vorbis or MP3 file, as a telephone plays it. Raises SoundRefusedError.

    However long the file says it is, no more than LONGEST_S is ever unpacked."""
    import miniaudio  # a decoder of sound, which a web process loads when a prompt comes

    if not given:
        raise SoundRefusedError(EMPTY)
    samples = array("h")
    try:
        with closing(_unpacked(given)) as pieces:
            for piece in pieces:
                samples.extend(piece)
                if len(samples) > LONGEST_S * RATE:
                    raise SoundRefusedError(TOO_LONG)
    except miniaudio.MiniaudioError:
        raise SoundRefusedError(NO_SOUND) from None
    if len(samples) < SHORTEST_S * RATE:
        raise SoundRefusedError(EMPTY)
    return Sound(wav(_little_endian(samples)), round(len(samples) * 1000 / RATE), tuple(_doubts(samples)))


def _unpacked(given: bytes) -> _Pieces:
    import miniaudio

    stream: _Pieces = miniaudio.stream_memory(
        given, miniaudio.SampleFormat.SIGNED16, nchannels=1, sample_rate=RATE, frames_to_read=_READ_FRAMES
    )
    return stream


def _doubts(samples: "array[int]") -> Iterator[str]:
    loudest = max(max(samples), -min(samples))
    if loudest < _SILENT_PEAK:
        yield SILENT
    if sum(1 for sample in samples if abs(sample) >= _AT_THE_TOP) > _CLIPPED_SHARE * len(samples):
        yield CLIPPED


def _little_endian(samples: "array[int]") -> bytes:
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
