"""Recorded prompts: there, playable on a telephone, and not silent about what changes from call to call."""

import wave
from collections.abc import Iterator
from pathlib import Path

from ivr_flows.definition import Flow, Prompt
from ivr_flows.rules.finding import Finding
from ivr_flows.wording import VARIABLE

LONGEST_RECORDING_S = 90
TELEPHONE_HZ = 8000


def recordings(flow: Flow, audio_root: Path | None) -> Iterator[Finding]:
    """R14 for every prompt that names a recording; files are looked at if their folder is known."""
    for language, prompts in flow.prompts.items():
        for name, prompt in prompts.items():
            if prompt.audio:
                where = f"{language}: prompt {name}"
                yield from (Finding("R14", "error", where, said) for said in _faults(prompt, prompt.audio, audio_root))


def _faults(prompt: Prompt, audio: str, audio_root: Path | None) -> Iterator[str]:
    if changing := [name for name in VARIABLE.findall(prompt.text) if not name.startswith("unit.")]:
        yield f"a recording cannot say {{{changing[0]}}}"
    if audio_root is None:
        return
    file = (audio_root / audio).resolve()
    if not file.is_relative_to(audio_root.resolve()) or not file.is_file():
        yield f"there is no {audio}"
        return
    yield from _unplayable(file, audio)


def _unplayable(file: Path, audio: str) -> Iterator[str]:
    try:
        with wave.open(str(file)) as sound:
            rate, channels, seconds = (
                sound.getframerate(),
                sound.getnchannels(),
                sound.getnframes() / sound.getframerate(),
            )
    except (wave.Error, EOFError, ZeroDivisionError):
        yield f"{audio} is not a WAV file"
        return
    if (rate, channels) != (TELEPHONE_HZ, 1):
        yield f"{audio} is {rate} Hz with {channels} channels; a telephone wants {TELEPHONE_HZ} Hz mono"
    if not 0 < seconds <= LONGEST_RECORDING_S:
        yield f"{audio} lasts {seconds:.0f} s; between 1 and {LONGEST_RECORDING_S} is wanted"
