"""`hotline baseline`: the figures of the time before, for people, for programs and on paper."""

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from hotline.casework.past.baselines import baseline_of
from hotline.casework.past.printed_baseline import baseline_document
from hotline.casework.past.units import unit_named
from hotline.casework.statistics.printed import Document
from hotline.casework.statistics.printed_words import LANGUAGES
from hotline.errors import NotFoundError
from hotline.forms.choice import PRINTED, document_as
from hotline.forms.reading import written
from hotline.installation import installation


@click.command()
@click.option("--unit", default=None, metavar="CODE", help="Whose figures, where there are several units.")
@click.option("--format", "form", type=click.Choice(["table", "json", *PRINTED]), default="table", show_default=True)
@click.option("--language", type=click.Choice(LANGUAGES), default="vi", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Instead of stdout.")
def baseline(unit: str | None, form: str, language: str, output: Path | None) -> None:
    """The figures of the time before, as `hotline import baseline` took them in."""
    with installation() as (_, store), store.read() as connection:
        of = unit_named(connection, unit)
        kept = baseline_of(connection, of.id)
    if kept is None:
        raise NotFoundError(f"{of.code} has no figures of the time before; `hotline import baseline FILE.yaml`.")
    document = baseline_document(kept, of.name, of.zone, language)
    if form == "table":
        _print(document)
        return
    told = {"unit": of.code, **kept.baseline.to_json(), "number": kept.number}
    as_json = f"{json.dumps(told, ensure_ascii=False, indent=2)}\n".encode()
    content = as_json if form == "json" else document_as(form, document).content
    if output is None:
        sys.stdout.buffer.write(content)
    else:
        output.write_bytes(content)


def _print(document: Document) -> None:
    table = Table("", *(column.heading for column in document.sections[0].columns), title=document.title)
    for section in document.sections:
        table.add_row(f"[bold]{section.heading}")
        for row in section.rows:
            label = "  " * row.level + row.label + (f" ({row.note})" if row.note else "")
            table.add_row(label, *(written(cell, document) for cell in row.cells))
    Console().print(document.period, *(notice.text for notice in document.notices), table, sep="\n")
