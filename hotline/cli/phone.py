"""`hotline call` and `hotline fallback`: a phone in the terminal, and the words for when all else fails."""

import sys
from pathlib import Path

import click
from sqlalchemy import select

from hotline.clock import system_clock
from hotline.errors import HotlineError, SettingsError
from hotline.installation import installation
from hotline.settings import Settings, load_settings
from hotline.simulator import terminal
from hotline.simulator.browser_phone import EXAMPLE_CALLER
from hotline.simulator.distant import distant_carrier
from hotline.telephony.fallback import fallback as fallback_document
from hotline.telephony.profiles import profile_of
from storage.tables import lines


@click.command()
@click.option("--from", "from_", default=EXAMPLE_CALLER, show_default=True, help="Who calls; `anonymous` withholds it.")
@click.option("--to", default=None, help="The line that is dialled; the first line of the installation by default.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Write the call down as a scenario.")
def call(from_: str, to: str | None, save: Path | None) -> None:
    """Telephone the running hotline from this terminal, over HTTP, signed as the carrier signs.

    Type keys, an empty line for silence, /help for the rest. Lines may also come from a pipe."""
    settings = load_settings()
    if not (settings.twilio_account_sid and settings.auth_tokens):
        raise SettingsError("TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are needed to sign as the carrier.")
    carrier = distant_carrier(
        settings.twilio_account_sid,
        settings.auth_tokens[0],
        settings.hotline_public_url,
        system_clock,
        api_url=settings.twilio_api_url,
    )
    failed = terminal.run(carrier, from_, to or _first_line(), sys.stdin, sys.stdout, save)
    if failed:
        raise HotlineError(f"The line did not answer as it should; is it running at {settings.hotline_public_url}?")


@click.command()
def fallback() -> None:
    """Print the fallback TwiML, to be hosted at the carrier or anywhere else that stays up."""
    settings: Settings = load_settings()
    click.echo(fallback_document(settings.hotline_public_url, profile_of(settings.hotline_carrier)))


def _first_line() -> str:
    with installation() as (_, store), store.read() as connection:
        number: str | None = connection.execute(select(lines.c.number).order_by(lines.c.id)).scalar()
    if number is None:
        raise HotlineError("There is no line yet; run `hotline init` first.")
    return number
