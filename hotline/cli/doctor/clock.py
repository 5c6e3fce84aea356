"""Is it the time that this machine believes it is? Shifts, deadlines and months hang on it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from hotline.cli.doctor.finding import Finding, either, green, look, red
from hotline.clock import Clock
from hotline.errors import CarrierError
from hotline.telephony.carrier import CarrierClient
from storage.tables import calls, steps

BAR = timedelta(minutes=1)
_SET = "set it by the network (`timedatectl set-ntp true`): shifts and deadlines are wrong until then"


def beside_the_carrier(client: CarrierClient, clock: Clock) -> Finding:
    """Against the date of an answer of the carrier's, which is whole seconds old at most."""
    try:
        theirs = client.time()
    except CarrierError:
        theirs = None
    if theirs is None:
        return look("clock", "the carrier does not tell its time: compare this machine's with another clock")
    return compared("the carrier's", theirs, clock())


def beside_the_database(connection: Connection, dialect: str, clock: Clock) -> Iterator[Finding]:
    """Against the database server's; SQLite has none of its own."""
    if dialect == "postgresql":
        theirs = connection.execute(select(func.clock_timestamp())).scalar_one()
        yield compared("the database server's", theirs, clock())


def compared(whose: str, theirs: datetime, ours: datetime) -> Finding:
    apart = abs(ours - theirs)
    if apart <= BAR:
        return green("clock", f"{apart.total_seconds():.0f} s from {whose}")
    which = "ahead of" if ours > theirs else "behind"
    return red("clock", f"this machine's is {_span(apart)} {which} {whose}; {_SET}")


def dated_later(connection: Connection, now: datetime) -> Finding:
    """Whatever is kept from the future was written by a clock that was ahead, or this one is behind."""
    limit = now + BAR
    started = select(func.count()).select_from(calls).where(calls.c.started_at > limit)
    taken = select(func.count()).select_from(steps).where(steps.c.at > limit)
    later = connection.scalar(started) or 0, connection.scalar(taken) or 0
    said = (
        f"{later[0]} calls and {later[1]} steps are dated later than now: this machine's clock is behind, or was ahead"
    )
    return either("clock", later == (0, 0), "no call is dated later than now", f"{said}; {_SET}")


def _span(apart: timedelta) -> str:
    seconds = int(apart.total_seconds())
    if seconds < 2 * 60 * 60:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h" if apart < timedelta(days=2) else f"{apart.days} days"
