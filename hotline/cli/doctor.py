"""`hotline doctor`: one page of green and red."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, select

from hotline.casework import roster
from hotline.casework.lines import LineRow, all_lines, flow_of
from hotline.casework.pulse import take_pulse
from hotline.clock import system_clock
from hotline.errors import HotlineError
from hotline.installation import ready_settings
from hotline.settings import Settings
from ivr_flows.lint import lint
from storage.database import Store, open_store
from storage.sealing import ApplicationSecret
from storage.tables import grants
from storage.vault import Vault

_DISK_FREE = 1024**3


@dataclass(frozen=True)
class Finding:
    """One line of the page."""

    what: str
    well: bool
    says: str


@click.command()
def doctor() -> None:
    """Check settings, database, worker, lines, keys, storage, roster, prompts and carrier; exit code 1 on red."""
    findings = list(_examine())
    table = Table("", "what", "finding", show_lines=False)
    for finding in findings:
        table.add_row("[green]ok[/]" if finding.well else "[red]NO[/]", finding.what, finding.says)
    Console().print(table)
    if not all(finding.well for finding in findings):
        sys.exit(1)


def _examine() -> Iterator[Finding]:
    try:
        settings = ready_settings()
    except HotlineError as error:
        yield Finding("settings", False, str(error))
        return
    yield Finding("settings", True, f"public address {settings.hotline_public_url}")
    yield from _carrier(settings)
    yield _paging(settings)
    store = open_store(settings.database_url)
    try:
        with store.read() as connection:
            yield from _rows(connection, store, settings)
    finally:
        store.close()
    yield _storage(settings)


def _paging(settings: Settings) -> Finding:
    known = {
        "telephone and text": settings.twilio_account_sid,
        "e-mail": settings.hotline_smtp_host,
        "webhook": settings.hotline_webhook_url,
    }
    ways = [way for way, there in known.items() if there]
    return Finding("paging officers", bool(ways), f"by {', '.join(ways)}" if ways else "nobody can be paged")


def _carrier(settings: Settings) -> Iterator[Finding]:
    if settings.hotline_carrier == "local":
        yield Finding("carrier", True, "the built-in stand-in: no real calls")
        return
    signed = bool(settings.auth_tokens and settings.twilio_account_sid)
    yield Finding(
        "carrier",
        signed,
        "account and token are set"
        if signed
        else "TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN is missing: every call would be refused",
    )
    yield Finding(
        "public address",
        settings.secure,
        "https" if settings.secure else "HOTLINE_PUBLIC_URL is not https: a carrier would send callers' words in clear",
    )


def _rows(connection: Connection, store: Store, settings: Settings) -> Iterator[Finding]:
    now = system_clock()
    pulse = take_pulse(connection, now)
    yield Finding("database", True, f"{store.dialect}, {pulse.calls} calls")
    yield Finding(
        "worker",
        pulse.worker_alive,
        "alive" if pulse.worker_alive else "silent: start `hotline run` or `hotline worker`",
    )
    yield Finding(
        "rows in time",
        pulse.in_time,
        "nothing overdue" if pulse.in_time else f"the oldest is {pulse.oldest_overdue_s:.0f} s late",
    )
    yield Finding("alarms", pulse.open_alarms == 0, f"{pulse.open_alarms} open")
    lines = all_lines(connection)
    yield Finding("lines", bool(lines), ", ".join(line.number for line in lines) or "none: run `hotline init`")
    secret = ApplicationSecret(settings.application_secret)
    for line in lines:
        yield from _line(connection, line, secret)


def _line(connection: Connection, line: LineRow, secret: ApplicationSecret) -> Iterator[Finding]:
    now = system_clock()
    errors = [finding for finding in lint(flow_of(connection, line.flow_hash)) if finding.severity == "error"]
    yield Finding(f"{line.unit_name}: flow", not errors, f"{line.flow_hash[:12]}, {len(errors)} errors")
    yield Finding(f"{line.unit_name}: places", bool(line.places), f"{len(line.places)} places with digits")
    holders = len(
        connection.execute(
            select(grants.c.officer_id).where(
                grants.c.unit_id == line.unit_id, grants.c.key_kind == "content", grants.c.officer_id.is_not(None)
            )
        ).all()
    )
    yield Finding(f"{line.unit_name}: keys", holders > 0, f"{holders} officers can open sealed content")
    for group in roster.GROUPS:
        for when, moment in (("now", now), ("in one hour", now + timedelta(hours=1))):
            count = len(roster.rostered(connection, line.unit_id, group, secret, moment))
            yield Finding(f"{line.unit_name}: roster", count > 0, f"{count} in group {group} {when}")


def _storage(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.hotline_data_dir).free
    try:
        next(Vault(settings.recordings_url).names(), None)
    except OSError as error:
        return Finding("storage", False, f"recordings cannot be listed: {error.strerror}")
    return Finding("storage", free > _DISK_FREE, f"{free / 1024**3:.1f} GiB free")
