"""`hotline import`: the time before. Old call books and the figures that were published, tried first or for good."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from hotline.casework.past.baseline import Baseline
from hotline.casework.past.baselines import take_in as take_in_baseline
from hotline.casework.past.book_file import Rejected
from hotline.casework.past.book_map import CallMap
from hotline.casework.past.call_books import Imported, Watcher, import_calls
from hotline.casework.past.described import read_described
from hotline.clock import system_clock
from hotline.errors import HotlineError
from hotline.installation import installation

_Described = TypeVar("_Described", Baseline, CallMap)
_TOLD = 20  # rejected lines on the terminal; the file gets all of them
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_UNIT = click.option("--unit", "code", default=None, metavar="CODE", help="Whose it is; else the file's `unit:`.")
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")


@click.group("import")
def take_in() -> None:
    """The time before: old call books, and the figures that were published."""


@take_in.command("baseline")
@click.argument("file", type=_FILE)
@_UNIT
@_DRY_RUN
def baseline(file: Path, code: str | None, dry_run: bool) -> None:
    """Take in the figures of the time before from FILE, a YAML file with their source.

    The same file twice changes nothing; another one is kept as a correction beside the first."""
    told = _of_unit(read_described(file, Baseline), code, file)
    with installation() as (_, store), store.write() as connection:
        done = take_in_baseline(connection, told, system_clock(), dry_run=dry_run)
    calls = told.calls
    would = "would be" if dry_run else "are"
    state = f"{would} kept (number {done.number})" if done.new else "are known already; nothing was changed"
    click.echo(f"{file.name}: the figures of {done.unit} {state}.")
    click.echo(
        f"{calls.total} calls: {calls.administrative} administrative, {calls.other} other, "
        f"of which {calls.not_itemised} not itemised in the source."
    )


@take_in.command("calls")
@click.argument("file", type=_FILE)
@click.option("--map", "map_file", type=_FILE, required=True, help="Which column is what; a YAML file.")
@_UNIT
@_DRY_RUN
@click.option(
    "--rejects", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write every rejected line here."
)
@click.option("--encoding", default=None, help="What FILE is written in, where the map does not say so: windows-1258.")
def calls(
    file: Path, map_file: Path, code: str | None, dry_run: bool, rejects: Path | None, encoding: str | None
) -> None:
    """Take in an old call book from FILE, a CSV file. Numbers, names and contents are never read.

    Broken off or done twice, it goes on where it was: what is known already is not counted again."""
    call_map = _of_unit(read_described(map_file, CallMap), code, map_file)
    with installation() as (_, store), _rejects(rejects) as told, _bar(file) as progress:
        watcher = Watcher(progress, told.add)
        done = import_calls(store, file, call_map, system_clock(), encoding=encoding, dry_run=dry_run, watcher=watcher)
    _say(file, done, told, dry_run)
    if done.rejected and not done.taken + done.known:
        raise HotlineError(f"{file.name}: no line could be taken; look at the reasons and at {map_file.name}.")


def _of_unit(told: _Described, code: str | None, file: Path) -> _Described:
    """The same for this unit. Raises HotlineError where the file names another one: one of the two is a slip."""
    if code is not None and told.unit not in (None, code):
        raise HotlineError(f"{file.name} is about the unit {told.unit}, not about {code}.")
    return told.model_copy(update={"unit": code}) if code is not None else told


class _Told:
    """The rejected lines: all of them for a file, the first and the number of each reason for the terminal."""

    def __init__(self, write: Callable[[Sequence[object]], object] | None = None) -> None:
        self.first: list[Rejected] = []
        self.reasons: Counter[str] = Counter()
        self._write = write

    def add(self, line: Rejected) -> None:
        self.reasons[line.reason] += 1
        if len(self.first) < _TOLD:
            self.first.append(line)
        if self._write:
            self._write((line.line, _harmless(line.column or ""), line.reason))


def _harmless(name: str) -> str:
    """The name of a column, which no spreadsheet may take for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name


@contextmanager
def _rejects(file: Path | None) -> Iterator[_Told]:
    if file is None:
        yield _Told()
        return
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("line", "column", "reason"))
        yield _Told(rows.writerow)


@contextmanager
def _bar(file: Path) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, and only there. It has no thread of its own: a process with threads does not read ahead."""
    parts = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    shown = console.is_terminal
    with Progress(*parts, console=console, transient=True, disable=not shown, auto_refresh=False) as progress:
        task = progress.add_task(file.name, total=file.stat().st_size)
        yield lambda read: progress.update(task, completed=read, refresh=True)


def _say(file: Path, done: Imported, told: _Told, dry_run: bool) -> None:
    would = "would be taken" if dry_run else "taken"
    said = [f"{done.taken} calls {would}", f"{done.known} known already", f"{done.rejected} lines rejected"]
    if done.elsewhere:
        said.append(f"{done.elsewhere} lines about something else than a call or a text")
    click.echo(f"{file.name}: {', '.join(said)}.")
    for line in told.first:
        column = f", column {line.column}" if line.column else ""
        click.echo(f"  line {line.line}{column}: {line.reason}")
    if done.rejected > len(told.first):
        click.echo(f"  … and {done.rejected - len(told.first)} more; `--rejects FILE` writes all of them. By reason:")
        for reason, times in told.reasons.most_common():
            click.echo(f"  {times:6} × {reason}")
