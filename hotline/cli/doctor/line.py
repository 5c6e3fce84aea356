"""One line: its flow, its places, its prompts, who can read what it brings, and who is rung."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from hotline.casework import roster
from hotline.casework.lines import LineRow, flow_of
from hotline.cli.doctor.finding import Finding, either
from hotline.cli.doctor.prompts import prompts
from ivr_flows.lint import lint
from storage.sealing import ApplicationSecret
from storage.tables import grants


def of_line(connection: Connection, line: LineRow, secret: ApplicationSecret, now: datetime) -> Iterator[Finding]:
    flow = flow_of(connection, line.flow_hash)
    errors = len([finding for finding in lint(flow) if finding.severity == "error"])
    version = f"{line.flow_hash[:12]}, {errors} errors"
    yield either(f"{line.unit_name}: flow", not errors, version, f"{version}: run `hotline flow lint` on its file")
    yield from prompts(connection, line.unit_name, flow)
    count = f"{len(line.places)} places with digits"
    yield either(f"{line.unit_name}: places", bool(line.places), count, f"{count}: run `hotline unit load FILE.yaml`")
    yield _keys(connection, line)
    yield from _roster(connection, line, secret, now)


def _keys(connection: Connection, line: LineRow) -> Finding:
    held = grants.c.unit_id == line.unit_id, grants.c.key_kind == "content", grants.c.officer_id.is_not(None)
    holders = connection.scalar(select(func.count()).select_from(grants).where(*held)) or 0
    count = f"{holders} officers can open sealed content"
    return either(
        f"{line.unit_name}: keys",
        holders > 0,
        count,
        f"{count}: a chief must sign in at the console; without any, `hotline recover`",
    )


def _roster(connection: Connection, line: LineRow, secret: ApplicationSecret, now: datetime) -> Iterator[Finding]:
    for group in roster.GROUPS:
        for when, moment in (("now", now), ("in one hour", now + timedelta(hours=1))):
            on_duty = len(roster.rostered(connection, line.unit_id, group, secret, moment))
            count = f"{on_duty} in group {group} {when}"
            nobody = f"{count}: put somebody with a telephone on it, `hotline roster add LOGIN --group {group}`"
            yield either(f"{line.unit_name}: roster", on_duty > 0, count, nobody)
