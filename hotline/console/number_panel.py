"""What the page of a report or a call shows of its callers' numbers: ringing back, and reading one. Never a number."""

from dataclasses import dataclass

from sqlalchemy import Connection

from hotline.casework import reveal_list, reveals
from hotline.casework.call_back import Asker, Offer, offer
from hotline.casework.call_back_tries import Try, tries_of
from hotline.casework.callers import Source, sources_of
from hotline.casework.desk import case_of
from hotline.casework.people import OfficerRow, UnitKeys
from hotline.casework.reveal_list import RevealRow
from hotline.console.services import services


@dataclass(frozen=True)
class NumberPanel:
    """`sources` and `reveals` are empty to whoever may not ask for a number."""

    offer: Offer
    tries: tuple[Try, ...]
    may_reveal: bool
    sources: tuple[Source, ...]
    reveals: tuple[RevealRow, ...]


def number_panel(connection: Connection, officer: OfficerRow, keys: UnitKeys, reference: str) -> NumberPanel:
    """Raises NotFoundError, UnsealError."""
    now, may = services().now(), reveals.may_reveal(officer)
    case = case_of(connection, officer, reference)
    zone = case.calendar.zone
    return NumberPanel(
        offer=offer(connection, asker(officer, keys), reference),
        tries=tries_of(connection, case.id, zone, now),
        may_reveal=may,
        sources=sources_of(connection, case.id, zone) if may else (),
        reveals=reveal_list.of_report(connection, officer, reference, now),
    )


def asker(officer: OfficerRow, keys: UnitKeys) -> Asker:
    """The officer at this page, with what ringing back needs."""
    known = services()
    return Asker(
        officer=officer,
        keys=keys,
        secret=known.secret,
        dialler=known.dialler,
        most_a_day=known.settings.hotline_call_backs_a_day,
        now=known.now(),
    )
