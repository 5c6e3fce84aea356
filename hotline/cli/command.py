"""The command itself and how its failures are told: one plain line, no traceback, an exit code that is not zero."""

import importlib
import logging
from collections.abc import Callable

import click

from hotline.errors import HotlineError

_COMMANDS = {
    "init": "hotline.cli.setup:init",
    "unit": "hotline.cli.units:unit",
    "user": "hotline.cli.accounts:user",
    "recover": "hotline.cli.accounts:recover",
    "roster": "hotline.cli.setup:roster",
    "migrate": "hotline.cli.setup:migrate_database",
    "doctor": "hotline.cli.doctor:doctor",
    "verify": "hotline.cli.verify:verify",
    "run": "hotline.cli.running:run",
    "serve": "hotline.cli.running:serve",
    "worker": "hotline.cli.running:worker",
    "demo": "hotline.cli.running:demo",
    "call": "hotline.cli.phone:call",
    "fallback": "hotline.cli.phone:fallback",
    "card": "hotline.cli.card:card",
    "flow": "hotline.cli.flows:flow",
    "calls": "hotline.cli.rows:calls",
    "reports": "hotline.cli.rows:reports",
    "import": "hotline.cli.imports:take_in",
    "baseline": "hotline.cli.baseline:baseline",
    "stats": "hotline.cli.statistics:stats",
}


class _Commands(click.Group):
    """Finds each command in its own file, so that `hotline --help` imports none of them."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[name].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="keychain-hotline")
def hotline() -> None:
    """A telephone hotline that answers every call and loses no report."""


def run_command(arguments: list[str]) -> int:
    """Run `hotline` with these arguments and return its exit code."""
    return run_quietly(lambda: hotline.main(arguments, prog_name="hotline", standalone_mode=False))


def run_quietly(work: Callable[[], object]) -> int:
    """Do the work and return its exit code; whatever goes wrong is said in one line."""
    try:
        result = work()
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.Abort:
        return _say("Stopped.", 130)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        return _say(_mistyped(error), error.exit_code)
    except HotlineError as error:
        return _say(str(error))
    except Exception as error:
        logging.getLogger(__name__).debug("a command failed", exc_info=True)
        return _say(_plainly(error))
    return result if isinstance(result, int) else 0


def _mistyped(error: click.ClickException) -> str:
    """What is wrong with a command, and where to read how it is meant."""
    what = " ".join(error.format_message().split())
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else ""
    what = what if what.endswith((".", "?", "!")) else f"{what}."
    return f"{what} See `{command} --help`." if command else what


def _plainly(error: Exception) -> str:
    """A sentence for what was not foreseen; an error of the database or the disk names itself well enough."""
    from storage.busy import StoreBusy  # not for `hotline --help`

    if isinstance(error, StoreBusy):
        return f"The database took no change ({error}): is the disk full, or does another program hold it? Try again."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    first_line = str(getattr(error, "orig", error)).strip().split("\n")[0]
    return f"{first_line or type(error).__name__} ({type(error).__name__})"


def _say(sentence: str, code: int = 1) -> int:
    click.echo(f"hotline: {sentence}", err=True)
    return code
