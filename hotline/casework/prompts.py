"""The prompts of a unit's line: what is said in each language, where, and who has recorded it.

Nothing changes for callers until the choices are published; what is published is a version of the flow that names
each recording by its digest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from hotline.casework.call_log import ROLES_THAT_SEE_CALLS
from hotline.casework.flow_versions import chosen_recordings, live_flow
from hotline.casework.people import OfficerRow
from hotline.errors import AccessRefusedError, NotFoundError
from ivr_flows.definition import Flow
from ivr_flows.loader import version
from ivr_flows.recorded import (
    Completeness,
    completeness,
    dressed,
    kept_digest,
    prompt_in,
    recordable,
    spoken_where,
)
from ivr_flows.wording import VARIABLE
from storage.tables import officers, prompt_sounds, prompt_takes, units

ROLES_THAT_CHANGE = frozenset({"deputy", "chief"})
PUT_IN = "…"  # stands for what differs from call to call


@dataclass(frozen=True)
class LanguageRow:
    """A language of the line, and how much of it is recorded as callers hear it now."""

    code: str
    name: str
    recorded_only: bool
    fallback: str | None  # the name of the language heard instead
    done: Completeness


@dataclass(frozen=True)
class PromptRow:
    """A prompt in one language. `nodes` is empty for what any menu may say."""

    name: str
    words: str
    nodes: tuple[str, ...]
    recordable: bool
    playing: str | None  # the digest of the recording that callers hear
    file: str | None  # a recording that came with the flow, below catalog/audio
    wanted: str | None  # the digest of the recording that they will hear once it is published
    silent: bool  # in a language without a voice nobody hears these words

    @property
    def waiting(self) -> bool:
        """Whether something was chosen that is not published yet."""
        return self.playing != self.wanted


@dataclass(frozen=True)
class Take:
    """One recording of a prompt. `same_words`: the prompt still says what it said then."""

    id: int
    sha256: str
    duration_ms: int
    doubts: tuple[str, ...]
    by: str
    at: datetime
    same_words: bool


@dataclass(frozen=True)
class PromptList:
    """All prompts of a language. `next_version` is what publishing would put on the line; `waiting` counts its changes,
    in all languages."""

    languages: tuple[LanguageRow, ...]
    language: LanguageRow
    prompts: tuple[PromptRow, ...]
    waiting: tuple[tuple[str, str], ...]  # language and prompt
    next_version: str
    may_change: bool


@dataclass(frozen=True)
class PromptPage:
    """One prompt in one language with all its recordings, and the next one that has none."""

    language: LanguageRow
    prompt: PromptRow
    takes: tuple[Take, ...]
    next_missing: str | None
    waiting: int
    may_change: bool


def may_change(officer: OfficerRow) -> bool:
    return officer.role in ROLES_THAT_CHANGE


def prompt_list(connection: Connection, officer: OfficerRow, language: str | None) -> PromptList:
    """The prompts that callers of the officer's unit hear. A language that does not exist counts as the first.

    Raises AccessRefusedError, NotFoundError where the unit has no line."""
    flow = _flow_of(connection, officer)
    after = dressed(flow, chosen_recordings(connection, officer.unit_id, flow))
    languages = tuple(_language_row(flow, code) for code in flow.languages)
    shown = next((row for row in languages if row.code == language), languages[0])
    unit_name = _unit_name(connection, officer.unit_id)
    return PromptList(
        languages,
        shown,
        tuple(_rows(flow, after, shown.code, unit_name)),
        tuple(waiting(flow, after)),
        version(after),
        may_change(officer),
    )


def prompt_page(connection: Connection, officer: OfficerRow, language: str, name: str) -> PromptPage:
    """One prompt in one language. Raises AccessRefusedError, NotFoundError."""
    flow = _flow_of(connection, officer)
    refuse_unknown(flow, language, name)
    after = dressed(flow, chosen_recordings(connection, officer.unit_id, flow))
    rows = list(_rows(flow, after, language, _unit_name(connection, officer.unit_id)))
    place = next(number for number, row in enumerate(rows) if row.name == name)
    missing = (row.name for row in [*rows[place + 1 :], *rows[:place]] if row.recordable and row.wanted is None)
    return PromptPage(
        _language_row(flow, language),
        rows[place],
        tuple(_takes(connection, officer.unit_id, flow, language, name)),
        next(missing, None),
        len(list(waiting(flow, after))),
        may_change(officer),
    )


def spoken_words(connection: Connection, officer: OfficerRow, language: str, name: str) -> tuple[str, str]:
    """The words of a prompt as a voice would say them, and the voice's tag. Raises as `prompt_page`."""
    flow = _flow_of(connection, officer)
    refuse_unknown(flow, language, name)
    prompt = prompt_in(flow, language, name)
    words = prompt.text if prompt else ""
    return _filled(words, _unit_name(connection, officer.unit_id)), flow.languages[language].tag


def take_file(connection: Connection, officer: OfficerRow, take_id: int) -> bytes:
    """The sound of a recording of the officer's unit. Raises AccessRefusedError, NotFoundError."""
    refuse_who_may_not_listen(officer)
    theirs = (prompt_takes.c.id == take_id) & (prompt_takes.c.unit_id == officer.unit_id)
    query = select(prompt_sounds.c.file).join(prompt_takes, prompt_takes.c.sha256 == prompt_sounds.c.sha256)
    found = connection.scalar(query.where(theirs))
    if found is None:
        raise NotFoundError
    return bytes(found)


def public_sound(connection: Connection, sha256: str) -> bytes | None:
    """A kept sound by its digest, for the carrier to play: public words, nothing of any caller."""
    found = connection.scalar(select(prompt_sounds.c.file).where(prompt_sounds.c.sha256 == sha256))
    return None if found is None else bytes(found)


def takes_by_digest(connection: Connection, unit_id: int, language: str) -> dict[tuple[str, str], int]:
    """The recording behind each digest of a prompt in this language."""
    of_language = (prompt_takes.c.unit_id == unit_id) & (prompt_takes.c.language == language)
    query = select(prompt_takes.c.prompt, prompt_takes.c.sha256, prompt_takes.c.id).where(of_language)
    return {(row.prompt, row.sha256): row.id for row in connection.execute(query)}


def waiting(before: Flow, after: Flow) -> list[tuple[str, str]]:
    """The prompts, with their languages, that sound different in the second flow."""
    return [
        (language, name)
        for language, prompts in after.prompts.items()
        for name, prompt in prompts.items()
        if (old := before.prompts.get(language, {}).get(name)) != prompt and (old or prompt.audio)
    ]


def refuse_who_may_not_listen(officer: OfficerRow) -> None:
    if officer.role not in ROLES_THAT_SEE_CALLS:
        raise AccessRefusedError


def refuse_unknown(flow: Flow, language: str, name: str) -> None:
    """Raises NotFoundError where no caller ever hears such a prompt in such a language."""
    if language not in flow.languages or name not in spoken_where(flow) or prompt_in(flow, language, name) is None:
        raise NotFoundError


def _flow_of(connection: Connection, officer: OfficerRow) -> Flow:
    refuse_who_may_not_listen(officer)
    return live_flow(connection, officer.unit_id)


def _language_row(flow: Flow, code: str) -> LanguageRow:
    spec = flow.languages[code]
    instead = flow.languages.get(spec.fallback or flow.default_language) if spec.recorded_only else None
    return LanguageRow(code, spec.name, spec.recorded_only, instead.name if instead else None, completeness(flow, code))


def _rows(flow: Flow, after: Flow, language: str, unit_name: str) -> Sequence[PromptRow]:
    rows = []
    for name, nodes in spoken_where(flow).items():
        if (prompt := prompt_in(flow, language, name)) is None:
            continue
        playing = kept_digest(prompt.audio)
        later = after.prompts.get(language, {}).get(name)
        rows.append(
            PromptRow(
                name=name,
                words=_filled(prompt.text, unit_name),
                nodes=tuple(nodes),
                recordable=recordable(flow, language, name),
                playing=playing,
                file=prompt.audio if prompt.audio and not playing else None,
                wanted=kept_digest(later.audio) if later else None,
                silent=flow.languages[language].recorded_only and prompt.audio is None,
            )
        )
    return rows


def _takes(connection: Connection, unit_id: int, flow: Flow, language: str, name: str) -> Sequence[Take]:
    prompt = prompt_in(flow, language, name)
    zone = ZoneInfo(str(connection.scalar(select(units.c.timezone).where(units.c.id == unit_id))))
    query = (
        select(prompt_takes, prompt_sounds.c.duration_ms, officers.c.name)
        .join(prompt_sounds, prompt_sounds.c.sha256 == prompt_takes.c.sha256)
        .join(officers, officers.c.id == prompt_takes.c.kept_by)
        .where(prompt_takes.c.unit_id == unit_id, prompt_takes.c.language == language, prompt_takes.c.prompt == name)
        .order_by(prompt_takes.c.id.desc())
    )
    return [
        Take(
            row.id,
            row.sha256,
            row.duration_ms,
            tuple(row.doubts),
            row.name,
            row.kept_at.astimezone(zone),
            prompt is not None and prompt.text == row.words,
        )
        for row in connection.execute(query)
    ]


def _unit_name(connection: Connection, unit_id: int) -> str:
    return str(connection.scalar(select(units.c.name).where(units.c.id == unit_id)))


def _filled(words: str, unit_name: str) -> str:
    return VARIABLE.sub(lambda found: unit_name if found[1] == "unit.name" else PUT_IN, words)
