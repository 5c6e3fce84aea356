"""Nobody works a small number of a commune out of the province's table, whatever ties its lines: tried by a reader."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from hotline.casework.statistics.figures import Figures
from hotline.casework.statistics.province_lines import ProvinceLine, lines_for
from hotline.casework.statistics.province_suppression import WHOLE, hidden_of
from hotline.casework.statistics.suppression import SMALL, Cell, Earlier, Hidden
from tests.hotline.casework.statistics.reader import Reader, Terms, adds_up

LINES = {line.key: line for line in lines_for([Figures(languages={"vi": 0, "ru": 0})])}
CALLS = {
    "calls.received": ("calls.hung_up", "calls.connected"),
    "calls.connected": ("kinds.admin", "kinds.report"),
    "kinds.admin": ("categories.ADM-ID", "categories.ADM-REST"),
    "kinds.report": ("categories.RPT-THEFT", "categories.RPT-LAND"),
}
LANGUAGES = ("languages.vi", "languages.ru")
ENDINGS = {
    "steps.closed": ("confirmed.of", "outcomes.MEDIATED", "outcomes.ANSWERED"),
    "confirmed.of": ("confirmed.n", "outcomes.UNFOUNDED"),
    "confirmed.n": ("outcomes.CONFIRMED", "outcomes.PARTLY"),
}
MEASURES = ("measures.FINE", "measures.WARNING")
Counts = list[list[int]]

counts = some.sampled_from([0, 0, 1, 1, 2, 3, 5])


def tables(lines: int, most: int = 3) -> some.SearchStrategy[Counts]:
    """A row of counts for each commune."""
    one = some.lists(counts, min_size=lines, max_size=lines)
    return some.lists(one, min_size=1, max_size=most)


class Province:
    """Communes with counts of some lines, and the whole; and what ties them."""

    def __init__(self, communes: Sequence[Mapping[str, int]]) -> None:
        self.communes = tuple(f"c{number}" for number in range(len(communes)))
        self.keys = tuple(communes[0])
        self.values: dict[Cell, int] = {
            (key, name): counted[key]
            for name, counted in zip(self.communes, communes, strict=True)
            for key in self.keys
        }
        for key in self.keys:
            self.values[key, WHOLE] = sum(self.values[key, name] for name in self.communes)
        self.equal: list[Terms] = [adds_up((key, WHOLE), [(key, name) for name in self.communes]) for key in self.keys]
        self.at_least: list[Terms] = []

    def tie(self, whole: str, parts: Sequence[str]) -> None:
        self.equal += [adds_up((whole, name), [(part, name) for part in parts]) for name in (*self.communes, WHOLE)]

    def no_more(self, part: str, whole: Sequence[str]) -> None:
        for name in (*self.communes, WHOLE):
            self.at_least.append({**{(one, name): 1 for one in whole}, (part, name): -1})

    def lines(self) -> list[ProvinceLine]:
        return [LINES[key] for key in self.keys]

    def told(self) -> set[Cell]:
        hidden = hidden_of(self.values, self.lines(), self.communes)
        small = {cell for cell, n in self.values.items() if n in SMALL}
        assert small <= hidden.small | hidden.withheld
        assert all(self.values[cell] < 3 for cell in hidden.small), '"<3" is true wherever it stands'
        return Reader(self.values, hidden, self.equal, self.at_least).told()

    def told_after(self, first: "Province") -> set[Cell]:
        """What is told by this issue to a reader who kept the first one, and takes what it shows for the same still
        wherever that is true."""
        before = hidden_of(first.values, first.lines(), first.communes)
        was_hidden = before.small | before.withheld
        same = {cell for cell, n in self.values.items() if cell not in was_hidden and first.values[cell] == n}
        hidden = hidden_of(self.values, self.lines(), self.communes, Earlier(before, frozenset(same)))
        assert was_hidden <= hidden.small | hidden.withheld, "no cell that was company once is shown"
        assert all(self.values[cell] < 3 for cell in hidden.small), '"<3" is true wherever it stands'
        unknown = Hidden(hidden.small - same, hidden.withheld - same)
        assert {cell for cell, n in self.values.items() if n in SMALL} <= unknown.small | unknown.withheld
        return Reader(self.values, unknown, self.equal, self.at_least).told()


def added_up(tree: Mapping[str, Sequence[str]], leaves: Mapping[str, int]) -> dict[str, int]:
    """The lines above these, too."""
    found = dict(leaves)
    for whole, parts in reversed(tree.items()):
        found[whole] = sum(found[part] for part in parts)
    return found


def leaves_of(tree: Mapping[str, Sequence[str]]) -> list[str]:
    return [part for parts in tree.values() for part in parts if part not in tree]


def of_calls(rows: Counts) -> Province:
    communes = []
    for *row, lines_that_answered in rows:
        counted = added_up(CALLS, dict(zip(leaves_of(CALLS), row, strict=True)))
        russian = min(row[1], counted["calls.connected"])
        counted |= {"answered_by_ivr": min(lines_that_answered, counted["kinds.admin"])}
        counted |= {"languages.ru": russian, "languages.vi": counted["calls.connected"] - russian}
        communes.append(counted)
    province = Province(communes)
    for whole, parts in CALLS.items():
        province.tie(whole, parts)
    province.tie("calls.connected", LANGUAGES)
    province.no_more("answered_by_ivr", ["kinds.admin"])
    return province


@settings(max_examples=150, deadline=None)
@given(tables(6))
def test_no_call_is_told_by_what_calls_add_up_to(rows: Counts) -> None:
    assert of_calls(rows).told() == set()


@settings(max_examples=100, deadline=None)
@given(tables(6), some.integers(0, 2), some.integers(0, 5), counts)
def test_no_call_is_told_by_two_issues_between_which_a_number_was_corrected(
    rows: Counts, commune: int, leaf: int, corrected: int
) -> None:
    """The pattern of the first issue and what it showed do not tell what the second one hides."""
    later = [list(row) for row in rows]
    later[commune % len(rows)][leaf] = corrected
    assert of_calls(later).told_after(of_calls(rows)) == set()


@settings(max_examples=100, deadline=None)
@given(tables(6))
def test_no_report_is_told_by_how_reports_ended(rows: Counts) -> None:
    communes = []
    for *row, rated in rows:
        counted = added_up(ENDINGS, dict(zip(leaves_of(ENDINGS), row, strict=True)))
        counted |= {"valuable.n": min(rated, counted["steps.closed"]), "steps.mediated": counted["outcomes.MEDIATED"]}
        communes.append(counted)
    province = Province(communes)
    for whole, parts in ENDINGS.items():
        province.tie(whole, parts)
    province.tie("steps.mediated", ["outcomes.MEDIATED"])
    province.no_more("valuable.n", ["steps.closed"])
    assert province.told() == set()


@settings(max_examples=100, deadline=None)
@given(some.lists(some.tuples(counts, counts), min_size=1, max_size=4))
def test_no_deadline_is_told(rows: list[tuple[int, int]]) -> None:
    province = Province([{"deadlines.due": kept + late, "deadlines.kept": kept} for kept, late in rows])
    province.no_more("deadlines.kept", ["deadlines.due"])
    assert province.told() == set()


people = some.lists(some.sampled_from([(1, 0), (0, 1), (1, 1), (1, 0)]), max_size=5)


def of_people(rows: list[list[tuple[int, int]]]) -> Province:
    communes = []
    for row in rows:
        fined, warned = (sum(person[number] for person in row) for number in (0, 1))
        communes.append({"persons": len(row), MEASURES[0]: fined, MEASURES[1]: warned})
    province = Province(communes)
    for measure in MEASURES:
        province.no_more(measure, ["persons"])
    province.no_more("persons", MEASURES)
    return province


@settings(max_examples=200, deadline=None)
@given(some.lists(people, min_size=1, max_size=4))
def test_no_person_is_told_even_where_one_has_two_measures(rows: list[list[tuple[int, int]]]) -> None:
    assert of_people(rows).told() == set()


@settings(max_examples=100, deadline=None)
@given(some.lists(people, min_size=1, max_size=4), some.integers(0, 3), people)
def test_no_person_is_told_by_two_issues_between_which_a_commune_corrected_its_measures(
    rows: list[list[tuple[int, int]]], commune: int, corrected: list[tuple[int, int]]
) -> None:
    later = [*rows]
    later[commune % len(rows)] = corrected
    assert of_people(later).told_after(of_people(rows)) == set()


@pytest.mark.parametrize("communes", [1, 2, 9])
def test_a_table_of_noughts_and_large_numbers_is_shown_whole(communes: int) -> None:
    counted = added_up(CALLS, dict.fromkeys(leaves_of(CALLS), 30))
    province = Province([counted, *[dict.fromkeys(counted, 0)] * (communes - 1)])
    assert hidden_of(province.values, province.lines(), province.communes) == Hidden()


def test_a_small_part_of_what_is_small_is_small_and_not_withheld() -> None:
    leaves = dict.fromkeys(leaves_of(CALLS), 0) | {"categories.ADM-ID": 2}
    calls = {**added_up(CALLS, leaves), "answered_by_ivr": 1}
    province = Province([calls, dict.fromkeys(calls, 0)])
    hidden = hidden_of(province.values, province.lines(), province.communes)
    assert ("answered_by_ivr", "c0") in hidden.small
