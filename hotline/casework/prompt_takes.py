"""Recording prompts, choosing among recordings, and putting the choice on the line."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from hotline.casework import audit
from hotline.casework.flow_versions import chosen_recordings, live_flow, play_at
from hotline.casework.once import insert_into, insert_once
from hotline.casework.people import OfficerRow
from hotline.casework.prompt_sound import Sound
from hotline.casework.prompts import may_change, refuse_unknown, waiting
from hotline.errors import AccessRefusedError, HotlineError, NotFoundError
from ivr_flows.loader import version
from ivr_flows.recorded import changing, dressed, prompt_in
from storage.tables import prompt_choices, prompt_sounds, prompt_takes


class ChangesFromCallToCallError(HotlineError):
    """No recording can say this prompt: it holds what differs from call to call."""


class PublishedMeanwhileError(HotlineError):
    """What would be published is no longer what was on the page; nothing was published."""


class OtherWordsError(HotlineError):
    """This recording was made for other words; record the prompt anew."""


def keep_take(
    connection: Connection, officer: OfficerRow, language: str, name: str, sound: Sound, now: datetime
) -> int:
    """Keep a recording of a prompt and choose it; the same file for the same words again is the same recording.

    Raises AccessRefusedError, NotFoundError, ChangesFromCallToCallError."""
    words = _words(connection, officer, language, name)
    kept = {"sha256": sound.sha256, "file": sound.file, "duration_ms": sound.duration_ms, "kept_at": now}
    insert_once(connection, prompt_sounds, kept)
    take_id = _same_take(connection, officer.unit_id, language, name, words, sound.sha256)
    if take_id is None:
        take_id = _insert_take(connection, officer, language, name, words, sound, now)
        audit.append(connection, officer.id, "prompt recorded", f"prompt/{name}", {"language": language}, now)
    _choose(connection, officer, language, name, words, take_id, now)
    return take_id


def choose(
    connection: Connection, officer: OfficerRow, language: str, name: str, take_id: int | None, now: datetime
) -> None:
    """Choose a recording of this prompt, or (None) the spoken words, for the next publication.

    Raises AccessRefusedError, NotFoundError, ChangesFromCallToCallError, OtherWordsError."""
    words = _words(connection, officer, language, name)
    if take_id is not None:
        theirs = (prompt_takes.c.id == take_id) & (prompt_takes.c.unit_id == officer.unit_id)
        of_prompt = (prompt_takes.c.language == language) & (prompt_takes.c.prompt == name)
        said = connection.scalar(select(prompt_takes.c.words).where(theirs, of_prompt))
        if said is None:
            raise NotFoundError
        if said != words:
            raise OtherWordsError
    _choose(connection, officer, language, name, words, take_id, now)


def publish(connection: Connection, officer: OfficerRow, seen: str, now: datetime) -> int:
    """Put what was chosen on the unit's lines; `seen` is the version that the page announced. Returns the changes.

    Raises AccessRefusedError, NotFoundError, PublishedMeanwhileError."""
    if not may_change(officer):
        raise AccessRefusedError
    flow = live_flow(connection, officer.unit_id)
    after = dressed(flow, chosen_recordings(connection, officer.unit_id, flow))
    if version(after) != seen:
        raise PublishedMeanwhileError
    changes = len(waiting(flow, after))
    if changes:
        play_at(connection, officer.unit_id, flow, now, officer.id)
    return changes


def _words(connection: Connection, officer: OfficerRow, language: str, name: str) -> str:
    if not may_change(officer):
        raise AccessRefusedError
    flow = live_flow(connection, officer.unit_id)
    refuse_unknown(flow, language, name)
    prompt = prompt_in(flow, language, name)
    if prompt is None or changing(prompt):
        raise ChangesFromCallToCallError
    return prompt.text


def _same_take(connection: Connection, unit_id: int, language: str, name: str, words: str, sha256: str) -> int | None:
    of_prompt = (prompt_takes.c.language == language) & (prompt_takes.c.prompt == name)
    same = of_prompt & (prompt_takes.c.words == words) & (prompt_takes.c.sha256 == sha256)
    found = connection.scalar(select(prompt_takes.c.id).where(prompt_takes.c.unit_id == unit_id, same).limit(1))
    return None if found is None else int(found)


def _insert_take(
    connection: Connection, officer: OfficerRow, language: str, name: str, words: str, sound: Sound, now: datetime
) -> int:
    row = insert(prompt_takes).values(
        unit_id=officer.unit_id,
        language=language,
        prompt=name,
        words=words,
        sha256=sound.sha256,
        doubts=list(sound.doubts),
        kept_by=officer.id,
        kept_at=now,
    )
    return int(connection.execute(row.returning(prompt_takes.c.id)).scalar_one())


def _choose(
    connection: Connection,
    officer: OfficerRow,
    language: str,
    name: str,
    words: str,
    take_id: int | None,
    now: datetime,
) -> None:
    place = {"unit_id": officer.unit_id, "language": language, "prompt": name}
    chosen = {"words": words, "take_id": take_id, "chosen_by": officer.id, "chosen_at": now}
    row = insert_into(connection, prompt_choices).values(**place, **chosen)
    connection.execute(row.on_conflict_do_update(index_elements=list(place), set_=chosen))
    details = {"language": language, "take": take_id}
    audit.append(connection, officer.id, "prompt chosen", f"prompt/{name}", details, now)
