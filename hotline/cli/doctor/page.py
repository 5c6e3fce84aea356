"""The page itself: what is looked at, in which order."""

import sys
from collections.abc import Iterator

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from hotline.casework.lines import LineRow, all_lines
from hotline.cli.doctor.carrier import account, asking
from hotline.cli.doctor.clock import beside_the_carrier, beside_the_database, dated_later
from hotline.cli.doctor.finding import Finding, Mark, either, green, red
from hotline.cli.doctor.line import of_line
from hotline.cli.doctor.pulse import pulse
from hotline.cli.doctor.signature import signature
from hotline.cli.doctor.vault import vault
from hotline.cli.doctor.webhooks import webhooks
from hotline.clock import system_clock
from hotline.errors import HotlineError
from hotline.installation import ready_settings
from hotline.settings import Settings
from storage.database import open_store
from storage.sealing import ApplicationSecret

_COLOURS = {Mark.GREEN: "green", Mark.RED: "red", Mark.LOOK: "yellow"}


@click.command()
def doctor() -> None:
    """Check settings, database, worker, clock, lines, keys, storage, roster, prompts, the carrier's webhooks and the
    signature behind this proxy; exit code 1 on red.

    What cannot be told from here has a ?? and is to be looked at by hand. The hotline should be running."""
    findings = list(_examine())
    table = Table("", "what", "finding", show_lines=False)
    for finding in findings:
        mark = f"[{_COLOURS[finding.mark]}]{finding.mark}[/]"
        table.add_row(mark, escape(finding.what), escape(finding.says))
    Console().print(table)
    if any(finding.mark is Mark.RED for finding in findings):
        sys.exit(1)


def _examine() -> Iterator[Finding]:
    try:
        settings = ready_settings()
    except HotlineError as error:
        yield red("settings", str(error))
        return
    except DBAPIError as error:
        reason = str(error.orig).strip().split("\n")[0]
        yield red("database", f"it does not answer ({reason}): start it, or correct HOTLINE_DATABASE_URL")
        return
    yield green("settings", f"public address {settings.hotline_public_url}")
    yield from account(settings)
    yield _paging(settings)
    yield signature(settings)
    lines, found = _kept(settings)
    yield from found
    yield from _at_the_carrier(settings, [line.number for line in lines])
    yield vault(settings)


def _paging(settings: Settings) -> Finding:
    known = {
        "telephone and text": settings.twilio_account_sid,
        "e-mail": settings.hotline_smtp_host,
        "webhook": settings.hotline_webhook_url,
    }
    ways = ", ".join(way for way, there in known.items() if there)
    missing = "nobody can be paged: set TWILIO_ACCOUNT_SID, HOTLINE_SMTP_HOST or HOTLINE_WEBHOOK_URL"
    return either("paging officers", bool(ways), f"by {ways}", missing)


def _kept(settings: Settings) -> tuple[list[LineRow], list[Finding]]:
    """What the rows tell; the database is let go before anybody outside is asked."""
    now = system_clock()
    secret = ApplicationSecret(settings.application_secret)
    store = open_store(settings.database_url)
    try:
        with store.read() as connection:
            lines = all_lines(connection)
            found = [
                *pulse(connection, store.dialect, now),
                *beside_the_database(connection, store.dialect, system_clock),
                dated_later(connection, now),
                either("lines", bool(lines), ", ".join(line.number for line in lines), "none: run `hotline init`"),
                *(finding for line in lines for finding in of_line(connection, line, secret, now)),
            ]
    finally:
        store.close()
    return lines, found


def _at_the_carrier(settings: Settings, numbers: list[str]) -> Iterator[Finding]:
    with asking(settings) as client:
        if client is None:
            yield red("carrier's webhooks", "not looked at: TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN is missing")
            return
        if not settings.stands_in_for_carrier:  # that one's clock is this machine's
            yield beside_the_carrier(client, system_clock)
        for number in numbers:
            yield from webhooks(client, number, settings)
