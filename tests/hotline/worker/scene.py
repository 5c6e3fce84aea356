"""A commune with one line, a carrier made of paper, and a clock that is moved by hand."""

import io
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, select

from hotline.casework import recordings as noted
from hotline.casework.flow_versions import keep_version
from hotline.casework.founding import add_line
from hotline.clock import system_clock
from hotline.errors import CarrierError
from hotline.worker.jobs import CarrierJobs, HomeJobs
from ivr_flows.loader import shipped_flow
from storage.database import Store
from storage.sealing import ApplicationSecret, KeyPair, new_key_pair, unseal
from storage.tables import calls, lines, recordings, sealed_numbers, units
from storage.vault import Vault
from tests import cast

NOW = datetime(2026, 11, 14, 14, 4, tzinfo=UTC)
CARRIER = "local"
SECRET = ApplicationSecret(b"only for the tests of this worker, 32 bytes and more")


@cache
def wav(seconds: float) -> bytes:
    """Silence as a telephone records it: 8 kHz, 16 bits, one channel."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\0\0" * int(8000 * seconds))
    return file.getvalue()


@dataclass(frozen=True)
class Served:
    """What the carrier answers to one fetch."""

    body: bytes = field(default_factory=lambda: wav(5))
    announced: int | None = None  # a Content-Length; None: the body's own
    blocks: int = 1  # the body is repeated that often


@dataclass(frozen=True)
class ListedCall:
    id: str
    from_: str = cast.MAY.number
    to: str = cast.THE_LINE
    status: str = "completed"
    direction: str = "inbound"
    started_at: datetime | None = NOW - timedelta(hours=1)
    ended_at: datetime | None = NOW - timedelta(minutes=58)
    duration_s: int | None = 120


@dataclass(frozen=True)
class ListedRecording:
    id: str
    call_id: str
    status: str = "completed"
    duration_s: int | None = 30
    of_call: bool = False


@dataclass
class PaperCarrier:
    """Answers what was written down for it; remembers what it was asked."""

    answers: dict[str, list[Served | CarrierError]] = field(default_factory=dict)
    calls: list[ListedCall] = field(default_factory=list)
    recordings: list[ListedRecording] = field(default_factory=list)
    trouble: CarrierError | None = None
    fetched: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)

    def serves(self, recording_id: str, *answers: Served | CarrierError) -> None:
        """The answers to the fetches to come; the last one holds for ever."""
        self.answers[recording_id] = list(answers)

    @contextmanager
    def recording_stream(self, recording_id: str, /) -> Iterator[tuple[str, int | None, Iterator[bytes]]]:
        self.fetched.append(recording_id)
        self._may_fail()
        waiting = self.answers.get(recording_id) or [CarrierError("The carrier answered 404.")]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(answer, CarrierError):
            raise answer
        length = len(answer.body) * answer.blocks if answer.announced is None else answer.announced
        yield "audio/x-wav", length, (answer.body for _ in range(answer.blocks))

    def delete_recording(self, recording_id: str, /) -> None:
        self._delete(recording_id)

    def delete_call(self, call_id: str, /) -> None:
        self._delete(call_id)

    def delete_message(self, message_id: str, /) -> None:
        self._delete(message_id)

    def calls_since(self, moment: datetime, /) -> Iterator[ListedCall]:
        self._may_fail()
        yield from [call for call in self.calls if call.started_at is None or call.started_at >= moment]

    def call(self, call_id: str, /) -> ListedCall | None:
        self.asked_for.append(call_id)
        self._may_fail()
        return next((call for call in self.calls if call.id == call_id), None)

    def recordings_since(self, _moment: datetime, /) -> Iterator[ListedRecording]:
        self._may_fail()
        yield from self.recordings

    def _delete(self, what: str) -> None:
        self._may_fail()
        self.deleted.append(what)

    def _may_fail(self) -> None:
        if self.trouble:
            raise self.trouble


@dataclass
class Scene:
    """What a story of the worker stands on."""

    store: Store
    vault: Vault
    folder: Path
    unit_id: int
    line_id: int
    flow_hash: str
    content: KeyPair
    identity: KeyPair
    carrier: PaperCarrier = field(default_factory=PaperCarrier)
    now: datetime = NOW

    def worker(self, stopping: threading.Event | None = None) -> CarrierJobs:
        """One more worker on the same rows."""
        return CarrierJobs(
            self.store, self.vault, self.carrier, CARRIER, SECRET, lambda: self.now, stopping or threading.Event()
        )

    def at_home(self) -> HomeJobs:
        return HomeJobs(self.store, self.vault)

    def later(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now

    def has_call(self, carrier_call_id: str, **facts: Any) -> int:
        """A call of ours; live unless `ended_at` says otherwise."""
        row = {
            "key": f"key-of-{carrier_call_id}",
            "carrier": CARRIER,
            "carrier_call_id": carrier_call_id,
            "unit_id": self.unit_id,
            "line_id": self.line_id,
            "flow_hash": self.flow_hash,
            "language": "vi",
            "visit": 1,
            "node": "welcome",
            "started_at": NOW - timedelta(minutes=5),
            **facts,
        }
        with self.store.write() as connection:
            return int(connection.execute(calls.insert().values(row).returning(calls.c.id)).scalar_one())

    def hears_of(
        self, recording_id: str, call_id: str, status: str = "completed", duration_s: int | None = 5
    ) -> int | None:
        with self.store.write() as connection:
            return noted.note(connection, CARRIER, call_id, recording_id, status, duration_s, self.now)

    def hears_of_now(self, recording_id: str, call_id: str) -> None:
        """The same for a process that asks the real clock."""
        self.now = system_clock()
        self.hears_of(recording_id, call_id)

    def long_ago(self) -> datetime:
        return self.now - timedelta(hours=1)

    def recording(self, recording_id: str) -> RowMapping:
        query = select(recordings).where(recordings.c.carrier_recording_id == recording_id)
        with self.store.read() as connection:
            return connection.execute(query).mappings().one()

    def call(self, carrier_call_id: str) -> RowMapping | None:
        query = select(calls).where(calls.c.carrier_call_id == carrier_call_id)
        with self.store.read() as connection:
            return connection.execute(query).mappings().one_or_none()

    def rows(self, table: Table) -> list[RowMapping]:
        with self.store.read() as connection:
            return list(connection.execute(select(table)).mappings())

    def count(self, table: Table) -> int:
        with self.store.read() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    def number_of(self, call_id: int) -> tuple[str, str] | None:
        """Which key the caller's number is sealed to, and the number."""
        with self.store.read() as connection:
            row = connection.execute(select(sealed_numbers).where(sealed_numbers.c.call_id == call_id)).first()
        if row is None:
            return None
        private = self.identity.private if row.key_kind == "identity" else self.content.private
        return row.key_kind, unseal(private, row.sealed, f"call:{call_id}:number").decode()

    def plain(self, recording_id: str) -> bytes:
        return b"".join(self.vault.read(self.recording(recording_id)["vault_name"], self.content.private))


def commune(store: Store, folder: Path) -> Scene:
    """A unit with keys and a line that plays the shipped flow."""
    content, identity = new_key_pair(), new_key_pair()
    with store.write() as connection:
        unit_id = _unit(connection, content, identity)
        flow_hash = keep_version(connection, shipped_flow(), NOW)
        add_line(connection, unit_id, cast.THE_LINE, flow_hash)
        line_id = int(connection.execute(select(lines.c.id)).scalar_one())
    vault = Vault(folder.as_uri())
    return Scene(store, vault, folder, unit_id, line_id, flow_hash, content, identity)


def _unit(connection: Connection, content: KeyPair, identity: KeyPair) -> int:
    row = {
        "code": "suoi-da",
        "name": "Suối Đá",
        "timezone": "Asia/Ho_Chi_Minh",
        "region": "VN",
        "languages": "vi,en,ru",
        "office_hours": {},
        "holidays": {},
        "content_public": content.public,
        "identity_public": identity.public,
        "recovery_public": new_key_pair().public,
        "created_at": NOW,
    }
    return int(connection.execute(units.insert().values(row).returning(units.c.id)).scalar_one())
