"""What becomes of a caller's number: never written before the choice, and afterwards only as the choice allows."""

from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from storage.prepared import Prepared
from storage.sealing import seal
from storage.tables import calls, sealed_numbers, units

ANONYMOUS = "anonymous"
CONFIDENTIAL = "confidential"
CALL_BACK = "call_back"

KEY_OF = {CONFIDENTIAL: "identity", CALL_BACK: "content"}
"""Which key a choice seals the number to. Anonymous has none: the number is not kept."""


def choose(connection: Connection, unit_id: int, call_id: int, choice: str, number: str | None) -> None:
    """Apply the caller's choice; the last one counts, and undoes what an earlier one kept.

    Where the number is withheld there is nothing to seal, whatever was chosen."""
    _NOTE_CHOICE(connection, {"call": call_id, "choice": choice})
    _UNKEEP(connection, {"call": call_id})
    if number is not None and choice in KEY_OF:
        seal_number(connection, unit_id, call_id, number, KEY_OF[choice])


def choose_by_default(connection: Connection, call_id: int) -> str:
    """What the caller has chosen; a call that ends without a choice is confidential."""
    chosen: str | None = connection.execute(select(calls.c.privacy).where(calls.c.id == call_id)).scalar_one()
    if chosen is None:
        _NOTE_CHOICE(connection, {"call": call_id, "choice": CONFIDENTIAL})
    return chosen or CONFIDENTIAL


def keep_number(connection: Connection, unit_id: int, call_id: int, number: str, keeper_id: int) -> bool:
    """Seal the number of a call that has ended to the keeper's key, as chosen; anew where it was sealed to another's.

    Tell whether it is known, and kept, only now."""
    choice = choose_by_default(connection, call_id)
    if choice not in KEY_OF:
        return False
    kept = connection.execute(
        select(func.coalesce(sealed_numbers.c.unit_id, unit_id)).where(sealed_numbers.c.call_id == call_id)
    ).scalar()
    if kept != keeper_id:
        _UNKEEP(connection, {"call": call_id})
        seal_number(connection, unit_id, call_id, number, KEY_OF[choice], keeper_id)
    return kept is None


def seal_number(
    connection: Connection, unit_id: int, call_id: int, number: str, key_kind: str, keeper_id: int | None = None
) -> None:
    """Seal a caller's number to the unit's, or else the keeper's, `content` or `identity` key."""
    another = keeper_id if keeper_id != unit_id else None
    sealed = seal(_public_key(connection, another or unit_id, key_kind), number.encode(), bound_to_call(call_id))
    _KEEP(connection, {"call_id": call_id, "key_kind": key_kind, "sealed": sealed, "unit_id": another})


def seal_text_number(connection: Connection, unit_id: int, text_id: int, number: str) -> None:
    """Seal the sender of a text message to the identity key: nobody asked whether it may be used."""
    sealed = seal(_public_key(connection, unit_id, "identity"), number.encode(), bound_to_text(text_id))
    connection.execute(insert(sealed_numbers).values(text_id=text_id, key_kind="identity", sealed=sealed))


def bound_to_call(call_id: int) -> str:
    """What a sealed number is bound to, so that it cannot be moved to another call."""
    return f"call:{call_id}:number"


def bound_to_text(text_id: int) -> str:
    """The same for the sender of a text message."""
    return f"text:{text_id}:number"


def _public_key(connection: Connection, unit_id: int, key_kind: str) -> bytes:
    row: Any = _PUBLIC_KEY[key_kind](connection, {"unit": unit_id}).fetchone()
    return bytes(row[0])


_NOTE_CHOICE = Prepared(update(calls).where(calls.c.id == bindparam("call")).values(privacy=bindparam("choice")))
_KEPT = ("call_id", "key_kind", "sealed", "unit_id")
_UNKEEP = Prepared(delete(sealed_numbers).where(sealed_numbers.c.call_id == bindparam("call")))
_KEEP = Prepared(insert(sealed_numbers).values({name: bindparam(name) for name in _KEPT}))
_PUBLIC_KEY = {
    kind: Prepared(select(units.c[f"{kind}_public"]).where(units.c.id == bindparam("unit"))) for kind in KEY_OF.values()
}
