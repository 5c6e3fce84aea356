"""The pages of the console as the menu shows them, each to the roles that may open it."""

from dataclasses import dataclass

from flask import request
from flask_babel import lazy_gettext

WORK, MONTH, UNIT = "work", "month", "unit"
_MOST_IN_A_ROW = 7
_MOST_ON_SMALL = 3  # and console.css hides the others from the row there
_AT_WORK = frozenset({"duty", "officer", "deputy", "chief"})
_OFFICERS = frozenset({"officer", "deputy", "chief"})
_COMMAND = frozenset({"deputy", "chief"})

_SETTINGS = frozenset(
    f"settings_{part}"
    for part in (
        *("name", "hours", "transfers", "call_backs", "quiet_hours", "mailboxes"),
        *("places", "place", "deadlines", "paging"),
    )
)


@dataclass(frozen=True)
class Place:
    """One entry of the menu. `within`: other pages under which the entry is marked, too."""

    endpoint: str
    label: str
    roles: frozenset[str]
    within: frozenset[str] = frozenset()
    group: str = WORK

    @property
    def current(self) -> str | None:
        """What `aria-current` says of the entry on this page; None: nothing."""
        here = (request.endpoint or "").removeprefix("console.")
        if here == self.endpoint:
            return "page"
        return "true" if here in self.within else None


MENU = (
    Place("board", lazy_gettext("Board"), _AT_WORK),
    Place("calls", lazy_gettext("Calls"), _AT_WORK, frozenset({"call"})),
    Place("reports", lazy_gettext("Reports"), _AT_WORK, frozenset({"report"})),
    Place("follow_ups", lazy_gettext("Follow-ups"), _AT_WORK),
    Place("alarms", lazy_gettext("Alarms"), _AT_WORK | {"administrator"}),
    Place(
        "roster",
        lazy_gettext("Roster"),
        _AT_WORK | {"administrator"},
        frozenset({"roster_plan", "handover", "duty_book"}),
    ),
    Place("reveals", lazy_gettext("Numbers"), _COMMAND),
    Place("statistics", lazy_gettext("Figures"), _OFFICERS, frozenset({"month", "sign_month"}), MONTH),
    Place(
        "province",
        lazy_gettext("Communes"),
        frozenset({"province"}),
        frozenset({"province_period", "issue_province"}),
        MONTH,
    ),
    Place("incidents", lazy_gettext("Registers"), _AT_WORK, frozenset({"incident", "entries", "before"}), MONTH),
    Place("people", lazy_gettext("People"), _COMMAND | {"administrator"}, frozenset({"person", "new_person"}), UNIT),
    Place("prompts", lazy_gettext("Prompts"), _AT_WORK, frozenset({"prompt"}), UNIT),
    Place("flow", lazy_gettext("Flow"), _AT_WORK | {"province"}, group=UNIT),
    Place("audit", lazy_gettext("Audit"), _COMMAND, group=UNIT),
    Place("settings", lazy_gettext("Settings"), _AT_WORK, _SETTINGS, UNIT),
)
_GROUPS = {MONTH: lazy_gettext("The month"), UNIT: lazy_gettext("The unit")}


@dataclass(frozen=True)
class Menu:
    """`row` is what is needed at night, always in sight. `more` opens, group by group; empty where all is in a row.

    On a small screen only the first few of the row have room; the others open with the rest."""

    row: tuple[Place, ...]
    more: tuple[tuple[str, tuple[Place, ...]], ...]

    @property
    def no_room_on_small(self) -> tuple[Place, ...]:
        return self.row[_MOST_ON_SMALL:] if self.more else ()

    @property
    def here_on_small(self) -> bool:
        """Whether the reader is on a page of the row for which a small screen has no room."""
        return any(place.current for place in self.no_room_on_small)

    @property
    def here(self) -> bool:
        """Whether the reader is on a page behind `more`."""
        return any(place.current for _, places in self.more for place in places)


def places_of(role: str) -> tuple[Place, ...]:
    """The entries for this role, in order."""
    return tuple(place for place in MENU if role in place.roles)


def menu(role: str) -> Menu:
    """The menu of this role: a few entries in a row, of many only those of the daily work."""
    places = places_of(role)
    if len(places) <= _MOST_IN_A_ROW:
        return Menu(places, ())
    more = ((label, tuple(one for one in places if one.group == group)) for group, label in _GROUPS.items())
    return Menu(tuple(one for one in places if one.group == WORK), tuple(entry for entry in more if entry[1]))


def first_page(role: str) -> str:
    """The endpoint at which this role begins."""
    return f"console.{next((place.endpoint for place in places_of(role)), 'account')}"
