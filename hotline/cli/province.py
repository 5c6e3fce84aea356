"""A province's table in a terminal."""

from rich.table import Table
from rich.text import Text

from hotline.casework.statistics.printed import Document
from hotline.forms.reading import plain, written


def province_on_screen(document: Document) -> Table:
    """The document as it is printed, a line below the other."""
    facts = [f"{plain(fact.label)}: {plain(fact.value)}" for fact in document.facts]
    caption = "\n".join([*facts, *(notice.text for notice in document.notices), *document.footnotes])
    title = f"{document.unit}, {document.period}"
    table = Table("", title=Text(plain(title)), caption=Text(caption) if caption else None)
    for column in document.sections[0].columns:
        table.add_column(Text(plain(column.heading)), justify="right")  # a name is no markup, whatever it has in it
    for section in document.sections:
        table.add_section()
        for row in section.rows:
            cells = (Text(written(cell, document)) for cell in row.cells)
            table.add_row(Text("  " * row.level + plain(row.label)), *cells)
    return table
