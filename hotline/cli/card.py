"""`hotline card`: the card for the key fob, to be printed and cut."""

import sys
from pathlib import Path

import click

from hotline.casework.card import cards_of
from hotline.casework.statistics.printed_words import LANGUAGES
from hotline.casework.unit_tree import unit_meant
from hotline.errors import HotlineError, NotFoundError
from hotline.installation import installation


@click.command()
@click.option("--format", "_form", type=click.Choice(["pdf"]), default="pdf", show_default=True)
@click.option("--unit", "code", default=None, metavar="CODE", help="The unit; the only one with a line by default.")
@click.option("--number", default=None, metavar="E164", help="Which of its numbers, where it has several.")
@click.option("--language", type=click.Choice(LANGUAGES), default="vi", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Instead of stdout.")
def card(_form: str, code: str | None, number: str | None, language: str, output: Path | None) -> None:
    """The card for the key fob: number, keys, places with their digits, 113/114/115, and a code to dial from.

    A4, ten cards a page: the fronts, then the backs; print on both sides and cut."""
    from hotline.forms.card_pdf import write_card  # a typesetter is heavy

    with installation() as (_, store), store.read() as connection:
        found = cards_of(connection, unit_meant(connection, code).id, language)
    wanted = [one for one in found if number in (None, one.number)]
    if not wanted:
        raise NotFoundError("The unit answers no such number.")
    if len(wanted) > 1:
        raise HotlineError(f"Say which number: --number {' or '.join(one.number for one in wanted)}.")
    if output is None and sys.stdout.isatty():
        raise HotlineError("A PDF is not for a terminal: give --output FILE, or send it on with >.")
    content = write_card(wanted[0])
    if output is None:
        sys.stdout.buffer.write(content)
    else:
        output.write_bytes(content)
