"""A month's figures as a document: every line of the monthly report, with the months it is compared to."""

from collections.abc import Sequence

from hotline.casework.statistics.figures import Figures, MonthlyStatistics
from hotline.casework.statistics.printed import (
    BLANK,
    Cell,
    Change,
    Column,
    Document,
    Fact,
    Letterhead,
    Notice,
    Number,
    Points,
    Row,
    Section,
    Share,
    Signatory,
    Words,
)
from hotline.casework.statistics.printed_rows import Amount, Indicator, Lines
from hotline.casework.statistics.printed_words import day, moment, month_name, sentence, word

_MOST_CALLS_NAMED = 40
_OF_WHOLE_UNITS = ("incidents", "entered", "repeat_callers")


def monthly_document(statistics: MonthlyStatistics, language: str) -> Document:
    """The whole report of one month in Vietnamese, Russian or English. It adds nothing to the figures but names."""
    return Document(
        title=sentence("title", language),
        unit=heading_of(statistics, language),
        period=_period(statistics, language),
        language=language,
        sections=(*_sections(statistics, language), _hours(statistics.figures, language)),
        notices=tuple(_notices(statistics, language)),
        facts=tuple(_facts(statistics, language)),
        letterhead=letterhead(language, statistics.signature.officer if statistics.signature else ""),
    )


def letterhead(language: str, signed_by: str = "") -> Letterhead:
    """The frame of an official paper. `signed_by`: the name under the signature, where somebody has signed."""
    words = {name: word("letterhead", name, language) for name in ("dateline", "page", "no_value", "points")}
    return Letterhead(
        motto=tuple(word("letterhead", "motto", language).split("|")),
        number=word("columns", "number", language),
        indicator=word("columns", "indicator", language),
        signatories=(
            Signatory(word("letterhead", "prepared", language), word("letterhead", "prepared_how", language)),
            Signatory(word("letterhead", "signs", language), word("letterhead", "signs_how", language), signed_by),
        ),
        **words,
    )


def heading_of(statistics: MonthlyStatistics, language: str) -> str:
    """Whose figures these are: the unit's, as it was called then; or those of a former one, by itself or in it."""
    if statistics.former is None:
        return statistics.unit_name
    former = sentence("former", language).format(unit=statistics.former.name)
    return f"{statistics.unit_name}: {former}" if statistics.of_former_lines else former


def _period(statistics: MonthlyStatistics, language: str) -> str:
    name = month_name(statistics.month, language)
    return sentence("so_far", language).format(period=name) if statistics.so_far else name


# ---- the table -----------------------------------------------------------------------------------------------------


def _sections(statistics: MonthlyStatistics, language: str) -> list[Section]:
    months = [statistics.figures, statistics.previous, statistics.same_month_last_year]
    lines = Lines([*months, *([statistics.signed] if statistics.revised and statistics.signed else [])], language)
    columns = _columns(statistics.revised, language)
    parts = ("calls", "subjects", "work", "spread", "registers", "also")
    return [
        Section(
            word("sections", part, language),
            columns,
            tuple(_row(one, statistics, columns, language) for one in _told_apart(getattr(lines, part)(), statistics)),
        )
        for part in parts
    ]


def _told_apart(rows: Sequence[Indicator], statistics: MonthlyStatistics) -> list[Indicator]:
    """Of a part of a unit, only the lines that can be counted for a part."""
    return [one for one in rows if not (statistics.of_former_lines and one.key.startswith(_OF_WHOLE_UNITS))]


def _columns(revised: bool, language: str) -> tuple[Column, ...]:
    names = ("signed", "count") if revised else ("count",)
    headings = {"count": "revised" if revised else "count"}
    return tuple(
        Column(name, word("columns", headings.get(name, name), language))
        for name in (*names, "base", "share", "previous", "change", "last_year")
    )


def _row(one: Indicator, statistics: MonthlyStatistics, columns: Sequence[Column], language: str) -> Row:
    cells = _cells(one, statistics, language)
    return Row(
        key=one.key,
        label=one.label,
        cells=tuple(cells.get(column.key, BLANK) for column in columns),
        number=one.number,
        level=one.level,
        note=_note(one, statistics, language),
        sum_of=one.sum_of,
        less=one.less,
        base=one.base,
        calls=statistics.out_of_balance if one.alarm else (),
        heading=one.read is None,
    )


def _note(one: Indicator, statistics: MonthlyStatistics, language: str) -> str:
    """That it was entered by hand; by whom and when, where that is known."""
    if not one.by_hand:
        return ""
    names = {one.key.partition(".")[2], one.by_hand}
    last = max((entry for entry in statistics.entries if entry.name in names), key=lambda e: e.at, default=None)
    if last is None or last.who is None:
        return word("notes", "by_hand", language)
    return word("notes", "by_hand_of", language).format(who=last.who, day=day(last.at, language))


def _cells(one: Indicator, statistics: MonthlyStatistics, language: str) -> dict[str, Cell]:
    if one.read is None:
        return {}
    now, before = one.read(statistics.figures), one.read(statistics.previous)
    cells: dict[str, Cell] = {
        "count": Number(now.n, one.unit),
        "base": BLANK if now.of is None else Number(now.of),
        "share": _share(now),
        "previous": _compared(one, before),
        "change": _change(one, now, before),
        "last_year": _compared(one, one.read(statistics.same_month_last_year)),
    }
    if statistics.signed is not None:
        cells["signed"] = Number(one.read(statistics.signed).n, one.unit)
    if one.alarm:
        balance = "holds" if statistics.figures.balances else "broken"
        cells["share"] = Words(word("balance", balance, language), alarming=not statistics.figures.balances)
    return cells


def _share(amount: Amount) -> Cell:
    return BLANK if amount.n is None or amount.of is None else Share(amount.n, amount.of)


def _rate(amount: Amount) -> Share:
    return Share(0, 0) if amount.n is None or amount.of is None else Share(amount.n, amount.of)


def _compared(one: Indicator, amount: Amount) -> Cell:
    return _rate(amount) if one.rated else Number(amount.n, one.unit)


def _change(one: Indicator, now: Amount, before: Amount) -> Cell:
    if one.rated:
        return Points(_rate(now), _rate(before))
    return Change(now.n, before.n)


def _hours(figures: Figures, language: str) -> Section:
    """The 24 hours of the unit's clock."""
    columns = tuple(Column(name, word("columns", name, language)) for name in ("count", "base", "share"))
    rows = (
        Row(
            f"hours.{hour}",
            f"{hour:02}:00-{(hour + 1) % 24:02}:00",
            (Number(calls), Number(figures.connected), Share(calls, figures.connected)),
            level=1,
            base="calls.connected",
        )
        for hour, calls in enumerate(figures.hours)
    )
    return Section(word("sections", "hours", language), columns, tuple(rows))


# ---- above and below it --------------------------------------------------------------------------------------------


def _notices(statistics: MonthlyStatistics, language: str) -> list[Notice]:
    notices = []
    if not statistics.figures.balances:
        notices.append(Notice(_out_of_balance(statistics, language), alarming=True))
    if statistics.former:
        what = "former_lines" if statistics.of_former_lines else "over_merger"
        notices.append(Notice(word("notices", what, language).format(unit=statistics.former.name)))
    if statistics.so_far:
        notices.append(Notice(word("notices", "so_far", language)))
    if statistics.in_course:
        said = word("notices", "in_course", language).format(calls=statistics.in_course)
        notices.append(Notice(said))
    if statistics.revised:
        notices.append(Notice(word("notices", "revised", language)))
    return notices


def _out_of_balance(statistics: MonthlyStatistics, language: str) -> str:
    figures = statistics.figures
    parts = figures.hung_up + sum(figures.kinds.values())
    said = word("notices", "out_of_balance", language).format(received=figures.received, parts=parts)
    if not statistics.out_of_balance:
        return said
    return f"{said} {word('notices', 'breaking_calls', language).format(calls=_named(statistics, language))}"


def _named(statistics: MonthlyStatistics, language: str) -> str:
    """The calls by number; of very many the first, and how many more."""
    first = ", ".join(str(call) for call in statistics.out_of_balance[:_MOST_CALLS_NAMED])
    more = len(statistics.out_of_balance) - _MOST_CALLS_NAMED
    return word("notices", "and_more", language).format(calls=first, more=more) if more > 0 else first


def _facts(statistics: MonthlyStatistics, language: str) -> list[Fact]:
    """The zone that the month is cut by, and every signature, the first one first; a part of a unit has none."""
    zone = Fact(word("facts", "timezone", language), statistics.timezone)
    if statistics.former:
        return [zone]
    signatures = statistics.signatures or tuple([statistics.signature] if statistics.signature else [])
    signed = [f"{one.officer}, {moment(one.at, language)}" for one in signatures]
    return [
        zone,
        Fact(word("facts", "signature", language), "; ".join(signed) or word("facts", "unsigned", language)),
    ]
