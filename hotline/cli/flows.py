"""`hotline flow`: lint, draw, test, play and publish flows."""

import sys
from collections.abc import Callable
from pathlib import Path

import click
from sqlalchemy import Connection

from hotline.casework import audit
from hotline.casework.flow_versions import play_at, play_everywhere
from hotline.casework.unit_tree import unit_row
from hotline.clock import system_clock
from hotline.errors import HotlineError
from hotline.installation import installation
from ivr_flows import engine
from ivr_flows.definition import Action, Flow
from ivr_flows.drawing import to_mermaid, to_svg
from ivr_flows.lint import lint as findings_of
from ivr_flows.loader import CATALOG, load_flow, shipped_flow, version
from ivr_flows.reading import FlowFileError
from ivr_flows.scenarios import GOOD_OUTCOMES, USUAL_FACTS, load_scenarios
from ivr_flows.scenarios import play as play_scenario
from ivr_flows.turn import (
    AwaitAction,
    AwaitConversation,
    AwaitHold,
    AwaitOfficer,
    AwaitRecording,
    Dialled,
    Done,
    End,
    Heard,
    Keys,
    Recorded,
    Silence,
    StillRinging,
    Taken,
    Turn,
)

_FILE = click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def flow() -> None:
    """What a caller hears: check, draw, test, try out and publish it. Without FILE, the flow that is shipped."""


@flow.command("lint")
@_FILE
def lint(file: Path | None) -> None:
    """Check a flow by every rule; exit code 1 on an error."""
    findings = findings_of(_read(file))
    for finding in findings:
        click.echo(str(finding))
    errors = sum(finding.severity == "error" for finding in findings)
    click.echo(f"{file.name if file else 'the shipped flow'}: {errors} errors, {len(findings) - errors} warnings")
    if errors:
        sys.exit(1)


@flow.command("draw")
@_FILE
@click.option("--format", "form", type=click.Choice(["svg", "mermaid"]), default="svg", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of the terminal.")
def draw(file: Path | None, form: str, output: Path | None) -> None:
    """A picture of a flow."""
    picture = to_svg(_read(file)) if form == "svg" else to_mermaid(_read(file))
    if output:
        output.write_text(picture, encoding="utf-8")
    else:
        click.echo(picture)


@flow.command("test")
@_FILE
@click.option("--scenarios", type=click.Path(exists=True, path_type=Path), help="A scenario file or a folder of them.")
def test(file: Path | None, scenarios: Path | None) -> None:
    """Play the scenarios; exit code 1 when one of them goes another way."""
    played = _read(file)
    failed = 0
    cases = load_scenarios(scenarios or CATALOG / "scenarios")
    for scenario in cases:
        problems = play_scenario(played, scenario)
        click.echo(f"{'FAILED' if problems else 'ok    '} {scenario.name}")
        for problem in problems:
            click.echo(f"       {problem}")
        failed += bool(problems)
    click.echo(f"{len(cases) - failed} passed, {failed} failed")
    if failed:
        sys.exit(1)


@flow.command("play")
@_FILE
def play(file: Path | None) -> None:
    """Walk a flow in the terminal, without a server: type keys, or nothing for silence; q ends."""
    played = _read(file)
    turn = engine.start(played, USUAL_FACTS)
    while True:
        for words in turn.speak:
            click.echo(f"[{words.language}] {words.text}")
        if isinstance(turn.awaits, End):
            click.echo("(the call ends)")
            return
        heard = _heard(played, turn)
        if heard is None:
            return
        turn = engine.resume(played, turn.position, heard, USUAL_FACTS)


@flow.command("publish")
@_FILE
@click.option("--unit", "code", default=None, metavar="CODE", help="On the lines of this unit only; on all by default.")
def publish(file: Path | None, code: str | None) -> None:
    """Have the line play this flow from its next call on. A flow with errors is refused; the old one stays."""
    published = _read(file)
    errors = [finding for finding in findings_of(published) if finding.severity == "error"]
    if errors:
        raise HotlineError(f"The flow has {len(errors)} errors, the first: {errors[0]}. The old one stays live.")
    with installation() as (_, store), store.write() as connection:
        lines = _play(connection, published, code)
    click.echo(f"{lines} lines play version {version(published)[:12]} from their next call on, with their recordings.")


def _play(connection: Connection, published: Flow, code: str | None) -> int:
    if code is None:
        return play_everywhere(connection, published, system_clock())
    of = unit_row(connection, code)
    lines = play_at(connection, of.id, published, system_clock(), audit.COMMAND_LINE)
    if not lines:
        raise HotlineError(f"{code} has no line that could play a flow; nothing was changed.")
    return lines


def _read(file: Path | None) -> Flow:
    try:
        return load_flow(file) if file else shipped_flow()
    except FlowFileError as error:
        raise HotlineError(str(error)) from None


def _heard(played: Flow, turn: Turn) -> Heard | None:
    """What the person at the keyboard does; None to stop."""
    match turn.awaits:
        case AwaitAction(do=do):
            node = played.nodes[turn.position.node]
            exits = list(node.exits) if isinstance(node, Action) else ["ok"]
            outcome = next((good for good in GOOD_OUTCOMES if good in exits), exits[0])
            click.echo(f"(the application: {do} -> {outcome})")
            return Done(outcome, {"code": "1 2 3 4, 5 6 7 8, 9 0 1 2", "status": "..."})
        case AwaitRecording():
            return _typed("record: seconds", lambda typed: Recorded(int(typed or 0)))
        case AwaitOfficer(group=group, strategy="together"):
            return _typed(f"ringing all of {group}: t if someone takes it, n if nobody does", _rung_together)
        case AwaitHold():
            return _typed("still ringing: t if someone takes it, n if nobody does", _rung_together)
        case AwaitConversation():
            return _typed("caller and officer talk: nothing when they have spoken", lambda typed: Dialled(typed != "n"))
        case AwaitOfficer(group=group):
            return _typed(f"ringing {group}: y if someone answers", lambda typed: Dialled(typed == "y"))
    return _typed("keys", lambda typed: Keys(typed.rstrip("#"), "#" * typed.endswith("#")) if typed else Silence())


def _rung_together(typed: str) -> Heard:
    if typed == "t":
        return Taken()
    return Dialled(answered=False) if typed == "n" else StillRinging()


def _typed(prompt: str, meaning: Callable[[str], Heard]) -> Heard | None:
    try:
        typed = input(f"{prompt}> ").strip()
    except EOFError:
        return None
    if typed == "q":
        return None
    try:
        return meaning(typed)
    except ValueError:
        raise HotlineError(f"{typed!r} is not a number of seconds.") from None
