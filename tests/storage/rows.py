"""The few rows that storage tests stand on."""

from datetime import UTC, datetime

from sqlalchemy import insert

from storage.database import Store
from storage.tables import calls, flow_versions, lines, units

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def add_line(store: Store) -> None:
    """A unit with one line, both with id 1."""
    with store.write() as connection:
        connection.execute(
            insert(units).values(
                id=1,
                code="ward",
                name="Ward",
                timezone="Asia/Ho_Chi_Minh",
                region="VN",
                languages="vi",
                office_hours={},
                holidays=[],
                content_public=b"c",
                identity_public=b"i",
                recovery_public=b"r",
                created_at=NOON,
            )
        )
        connection.execute(
            insert(flow_versions).values(hash="f", flow_id="keychain", definition="{}", published_at=NOON)
        )
        connection.execute(insert(lines).values(id=1, unit_id=1, number="+842101234567", flow_hash="f"))


def a_call(key: str, **changes: object) -> dict[str, object]:
    """The values of a call's row on line 1."""
    return {
        "key": key,
        "carrier": "twilio",
        "carrier_call_id": f"CA{key}",
        "unit_id": 1,
        "line_id": 1,
        "flow_hash": "f",
        "language": "vi",
        "visit": 1,
        "node": "welcome",
        "chose": False,
        "reported": False,
        "emergency": False,
        "withheld": False,
        "carrier_sequence": -1,
        "started_at": NOON,
        **changes,
    }


def add_calls(store: Store, *keys: str) -> None:
    with store.write() as connection:
        connection.execute(insert(calls), [a_call(key) for key in keys])
