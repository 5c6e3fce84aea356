"""Sound in memory: 8 kHz, 16 bit, mono WAV, as a telephone line carries it."""

import io
import math
import wave
from array import array
from collections.abc import Sequence

from hotline.sound import RATE, wav

__all__ = ["RATE", "joined", "samples", "seconds_of", "silence", "tone", "wav"]

_LOUDNESS = 1200  # of 32767: a quiet tone, so that a test run does not scream


def tone(seconds: int, hertz: int = 330) -> bytes:
    """A quiet tone as a WAV file."""
    one_second = array("h", (round(_LOUDNESS * math.sin(2 * math.pi * hertz * i / RATE)) for i in range(RATE)))
    return wav(one_second.tobytes() * seconds)


def silence(seconds: int) -> bytes:
    return wav(bytes(2 * RATE * seconds))


def samples(sound: bytes) -> bytes:
    """The raw samples of a WAV file of ours; of anything else, its bytes as they are."""
    try:
        with wave.open(io.BytesIO(sound)) as reader:
            return bytes(reader.readframes(reader.getnframes()))
    except (wave.Error, EOFError):
        return sound


def seconds_of(sound: bytes) -> float:
    return len(samples(sound)) / (2 * RATE)


def joined(sounds: Sequence[bytes], most_seconds: int) -> bytes:
    """Several sounds as one WAV file, cut where the carrier would stop recording."""
    if len(sounds) == 1 and seconds_of(sounds[0]) <= most_seconds:
        return sounds[0]
    return wav(b"".join(samples(sound) for sound in sounds)[: 2 * RATE * most_seconds])
