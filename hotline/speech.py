"""Prompts as sound, by espeak-ng where it is installed. In memory only."""

import hashlib
import re
import shutil
import subprocess
from array import array
from collections import OrderedDict
from itertools import accumulate, pairwise
from threading import BoundedSemaphore, Lock

from hotline.sound import RATE, wav

_VOICES = {"vi": "vi", "en": "en", "ru": "ru"}
_WORDS_A_MINUTE = "140"
_ESPEAK_RATE = 22050
_HEADER_BYTES = 44
_LONGEST_TEXT = 4000
_CACHED_BYTES = 32 * 1024 * 1024
_A_RECEIPT_CODE = re.compile(r"(?:\d[\s,.;:…-]*){12}")


class Speaker:
    """Speaks Vietnamese, English and Russian. What holds a receipt code is spoken and forgotten."""

    def __init__(self, program: str = "espeak-ng") -> None:
        self._program = shutil.which(program)
        self._cache: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = Lock()
        self._voices = BoundedSemaphore(2)  # programs at once

    def speaks(self, language: str) -> bool:
        """Whether there is a voice for this language here."""
        return self._program is not None and _voice(language) is not None

    def say(self, text: str, language: str) -> bytes | None:
        """An 8 kHz WAV of the text; None where there is no voice for it."""
        voice = _voice(language)
        if self._program is None or voice is None or not text.strip():
            return None
        key = hashlib.sha256(f"{voice} {text}".encode()).digest()
        if (known := self._remembered(key)) is not None:
            return known
        sound = self._spoken(self._program, text[:_LONGEST_TEXT], voice)
        if sound is not None and not _A_RECEIPT_CODE.search(text):
            self._remember(key, sound)
        return sound

    def _spoken(self, program: str, text: str, voice: str) -> bytes | None:
        # The text goes in by stdin: a command line can be read by every user of the machine.
        command = [program, "-v", voice, "-s", _WORDS_A_MINUTE, "--stdin", "--stdout"]
        try:
            with self._voices:
                done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=20, check=True)
        except (OSError, subprocess.SubprocessError):
            return None
        return wav(_at_line_rate(done.stdout[_HEADER_BYTES:]))

    def _remembered(self, key: bytes) -> bytes | None:
        with self._lock:
            if key in self._cache:
                self._cache.move_to_end(key)
            return self._cache.get(key)

    def _remember(self, key: bytes, sound: bytes) -> None:
        with self._lock:
            self._cache[key] = sound
            while sum(map(len, self._cache.values())) > _CACHED_BYTES:
                self._cache.popitem(last=False)


def _voice(language: str) -> str | None:
    return _VOICES.get(language.partition("-")[0].lower())


def _at_line_rate(samples: bytes) -> bytes:
    """22,050 samples a second brought down to 8,000 by averaging, which also takes the hiss off the top."""
    loud = array("h", samples[: len(samples) // 2 * 2])
    total = array("q", accumulate(loud, initial=0))
    edges = [i * _ESPEAK_RATE // RATE for i in range(len(loud) * RATE // _ESPEAK_RATE + 1)]
    means = ((total[end] - total[start]) // (end - start) for start, end in pairwise(edges))
    return array("h", means).tobytes()
