"""The chain: each act's digest is over its own fields and the digest of the act before."""

import hashlib
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Any

BEFORE_THE_FIRST = bytes(32)
_LABEL = "keychain-hotline audit 1"

Value = str | int | bytes | datetime | None


@dataclass(frozen=True)
class Act:
    """What somebody did, as it is chained; `details` is the text of a JSON object."""

    seq: int
    at: datetime
    actor: str
    officer_id: int | None
    unit_id: int | None
    action: str
    object_ref: str
    details: str
    sealed_reason: bytes | None


@dataclass(frozen=True)
class Link:
    """An act as it was found, with the digests beside it."""

    act: Act
    prev: bytes
    hash: bytes


@dataclass(frozen=True)
class Unreadable:
    """A row that holds something that no row can hold."""

    seq: int


@dataclass(frozen=True)
class Head:
    """The end of the chain at some moment; `whence` says who remembers it."""

    count: int
    hash: bytes
    whence: str = "the head"

    def __str__(self) -> str:
        return f"{self.count}:{self.hash.hex()}"


@dataclass(frozen=True)
class Alteration:
    """Something is not as it was written."""

    where: str
    says: str

    def __str__(self) -> str:
        return f"{self.where}: {self.says}"


def link_of(values: Mapping[str, Any]) -> Link:
    """The link in a row of the audit. Raises TypeError where a digest holds no bytes."""
    rest = dict(values)
    prev, found, reason = (rest.pop(name) for name in ("prev", "hash", "sealed_reason"))
    return Link(Act(**rest, sealed_reason=None if reason is None else bytes(reason)), bytes(prev), bytes(found))


def intact(link: Link) -> bool:
    """Whether an act still has the digest that it was written with."""
    return digest(link.act, link.prev) == link.hash


def digest(act: Act, prev: bytes) -> bytes:
    """SHA-256 over the fields and `prev`, each with its kind and length, so that no two acts run together."""
    found = hashlib.sha256()
    for value in (_LABEL, *astuple(act), prev):
        field = _field(value)
        found.update(struct.pack(">Q", len(field)) + field)
    return found.digest()


def _field(value: Value) -> bytes:
    match value:
        case None:
            return b"-"
        case bytes():
            return b"b" + value
        case datetime():
            return b"t" + value.astimezone(UTC).isoformat(timespec="microseconds").encode()
        case int():
            return b"i" + str(value).encode()
        case _:
            return b"s" + str(value).encode(errors="surrogatepass")


def alterations(
    links: Iterable[Link | Unreadable], own: Head | None, others: Iterable[Head] = ()
) -> Iterator[Alteration]:
    """Follow the chain from its first act; tell what is altered, missing, added or not as the heads remember it.

    `own` is the end that the chain itself names: nothing may come after it. `others` are earlier ends."""
    last = Head(0, BEFORE_THE_FIRST)
    heads = defaultdict(list)
    for head in (own, *others):
        if head is not None:
            heads[head.count].append(head)
    yield from _not_as_remembered(last, heads.pop(0, ()))
    for found in links:
        here = _next_head(found)
        yield from _not_next(last, here.count)
        yield from _not_the_same(last, found)
        yield from _not_as_remembered(here, heads.pop(here.count, ()) if here.hash else ())
        last = here
    if own is not None and last.count > own.count:
        yield Alteration(_rows(own.count + 1, last.count), "added behind the end of the chain")
    yield from _not_there(last, heads)


def _next_head(found: Link | Unreadable) -> Head:
    return Head(found.seq, b"") if isinstance(found, Unreadable) else Head(found.act.seq, found.hash)


def _not_next(last: Head, here: int) -> Iterator[Alteration]:
    if here > last.count + 1:
        yield Alteration(_rows(last.count + 1, here - 1), "missing")
    elif here <= last.count:
        yield Alteration(f"row {here}", "added: no act has such a number")


def _not_the_same(last: Head, found: Link | Unreadable) -> Iterator[Alteration]:
    if isinstance(found, Unreadable):
        yield Alteration(f"row {found.seq}", "altered: it cannot even be read")
    elif not intact(found):
        yield Alteration(f"row {found.act.seq}", "altered: its digest is another one")
    elif last.hash and last.count == found.act.seq - 1 and found.prev != last.hash:
        yield Alteration(f"row {found.act.seq}", "it does not follow the row before: one of the two was replaced")


def _not_as_remembered(here: Head, remembered: Iterable[Head]) -> Iterator[Alteration]:
    for head in remembered:
        if head.hash != here.hash:
            yield Alteration(f"row {here.count}", f"{head.whence} remembers another one: rewritten up to here")


def _not_there(last: Head, heads: Mapping[int, Iterable[Head]]) -> Iterator[Alteration]:
    for count, remembering in sorted(heads.items()):
        for head in remembering if count > last.count else ():
            yield Alteration(_rows(last.count + 1, count), f"missing: {head.whence} remembers {count} rows")


def _rows(first: int, last: int) -> str:
    return f"row {first}" if first == last else f"rows {first} to {last}"
