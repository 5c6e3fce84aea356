"""Recorded prompts: there, playable on a telephone, and not silent about what changes from call to call."""

import wave
from collections.abc import Iterator
from pathlib import Path

from ivr_flows.definition import Flow, Prompt
from ivr_flows.recorded import changing, completeness, kept_digest
from ivr_flows.rules.finding import Finding

LONGEST_RECORDING_S = 120
TELEPHONE_HZ = 8000


def recordings(flow: Flow, audio_root: Path | None) -> Iterator[Finding]:
    """R14 for every prompt that names a recording; files are looked at if their folder is known.

    R28 for what is missing in a language that is heard only as far as it is recorded."""
    for language, prompts in flow.prompts.items():
        for name, prompt in prompts.items():
            if prompt.audio:
                where = f"{language}: prompt {name}"
                yield from (Finding("R14", "error", where, said) for said in _faults(prompt, prompt.audio, audio_root))
    yield from _not_recorded_yet(flow)


def _not_recorded_yet(flow: Flow) -> Iterator[Finding]:
    """A language that no voice speaks is heard only as far as somebody has recorded it."""
    for language, spec in flow.languages.items():
        found = completeness(flow, language)
        if spec.recorded_only and found.recorded < found.of:
            instead = flow.languages.get(spec.fallback or flow.default_language)
            heard = f"; callers hear the others in {instead.name}" if instead else ""
            said = f"{found.recorded} of {found.of} prompts are recorded{heard}"
            yield Finding("R28", "warning", f"language {language}: {spec.name}", said)


def _faults(prompt: Prompt, audio: str, audio_root: Path | None) -> Iterator[str]:
    if differs := changing(prompt):
        yield f"a recording cannot say {{{differs[0]}}}"
    if audio_root is None or kept_digest(audio):
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
