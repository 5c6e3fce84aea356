"""What callers hear of each language: what people have recorded, what a machine speaks, what would be silence."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from hotline.cli.doctor.finding import Finding, green, red
from ivr_flows.definition import Flow, Prompt
from ivr_flows.loader import CATALOG
from ivr_flows.recorded import kept_digest, prompt_in
from ivr_flows.rules.wording import prompts_used
from storage.tables import prompt_sounds

_NAMED = 3  # of what is missing; whoever repairs the first ones sees the rest


@dataclass(frozen=True)
class Heard:
    """The prompts of a flow in one language, by name. `instead`: heard in another language, for want of a voice."""

    recorded: tuple[str, ...]
    spoken: tuple[str, ...]
    instead: tuple[str, ...]
    lost: tuple[str, ...]  # the flow names a recording that is not here
    wordless: tuple[str, ...]


def prompts(connection: Connection, unit_name: str, flow: Flow) -> Iterator[Finding]:
    """A line of the page for each language."""
    kept = frozenset(connection.scalars(select(prompt_sounds.c.sha256)))
    for language in flow.languages:
        yield told(f"{unit_name}: prompts", flow, language, heard(flow, language, kept))


def heard(flow: Flow, language: str, kept: Set[str], audio_root: Path = CATALOG / "audio") -> Heard:
    """Sort the prompts of a language. `kept`: the digests (SHA-256, hex) of the recordings that are here."""
    kinds: dict[str, list[str]] = {"recorded": [], "spoken": [], "instead": [], "lost": [], "wordless": []}
    for name in prompts_used(flow):
        own, prompt = flow.prompts.get(language, {}).get(name), prompt_in(flow, language, name)
        if own and own.audio:
            kinds["recorded" if _is_here(own, own.audio, language, kept, audio_root) else "lost"].append(name)
        elif prompt is None or not prompt.text.strip():
            kinds["wordless"].append(name)
        else:
            kinds["instead" if flow.languages[language].recorded_only else "spoken"].append(name)
    return Heard(**{kind: tuple(names) for kind, names in kinds.items()})


def told(what: str, flow: Flow, language: str, found: Heard) -> Finding:
    if found.lost:
        repair = "record them anew on the console's page of prompts and publish, or restore the backup"
        return red(what, f"{language}: recordings are not kept here: {_some(found.lost)}; {repair}")
    if found.wordless:
        repair = f"add them to the flow's prompts/{language}.yaml, then `hotline flow publish`"
        return red(what, f"{language}: no words for {_some(found.wordless)}; {repair}")
    return green(what, f"{language}: {len(found.recorded)} recorded, {_without_recording(flow, language, found)}")


def _is_here(prompt: Prompt, audio: str, language: str, kept: Set[str], audio_root: Path) -> bool:
    if digest := kept_digest(prompt.audio):
        return digest in kept
    return (audio_root / language / audio.removeprefix(f"{language}/")).is_file()


def _without_recording(flow: Flow, language: str, found: Heard) -> str:
    spec = flow.languages[language]
    if not spec.recorded_only:
        return f"{len(found.spoken)} spoken by the carrier's voice"
    other = flow.languages.get(spec.fallback or flow.default_language)
    return f"{len(found.instead)} heard in {other.name if other else flow.default_language}"


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
