"""A province's table in a terminal."""

from rich.table import Table

from hotline.casework.statistics.printed import Document
from hotline.forms.reading import written


def province_on_screen(document: Document) -> Table:
    """The document as it is printed, a line below the other."""
    caption = "\n".join([*(notice.text for notice in document.notices), *document.footnotes])
    table = Table("", title=f"{document.unit}, {document.period}", caption=caption or None)
    for column in document.sections[0].columns:
        table.add_column(column.heading, justify="right")
    for section in document.sections:
        table.add_section()
        for row in section.rows:
            table.add_row("  " * row.level + row.label, *(written(cell, document) for cell in row.cells))
    return table
