"""The pages of the console as the menu shows them, each to the roles that may open it."""

from dataclasses import dataclass

from flask import request
from flask_babel import lazy_gettext

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
    Place(
        "roster",
        lazy_gettext("Roster"),
        _AT_WORK | {"administrator"},
        frozenset({"roster_plan", "handover", "duty_book"}),
    ),
    Place("statistics", lazy_gettext("Figures"), _OFFICERS, frozenset({"month", "sign_month"})),
    Place("province", lazy_gettext("Communes"), frozenset({"province"}), frozenset({"province_period"})),
    Place("incidents", lazy_gettext("Registers"), _AT_WORK, frozenset({"incident", "entries", "before"})),
    Place("reveals", lazy_gettext("Numbers"), _COMMAND),
    Place("prompts", lazy_gettext("Prompts"), _AT_WORK, frozenset({"prompt"})),
    Place("flow", lazy_gettext("Flow"), _AT_WORK | {"province"}),
    Place("alarms", lazy_gettext("Alarms"), _AT_WORK | {"administrator"}),
    Place("audit", lazy_gettext("Audit"), _COMMAND),
    Place("people", lazy_gettext("People"), _COMMAND | {"administrator"}, frozenset({"person", "new_person"})),
    Place("settings", lazy_gettext("Settings"), _AT_WORK, _SETTINGS),
)


def menu(role: str) -> list[Place]:
    """The entries for this role."""
    return [place for place in MENU if role in place.roles]


def first_page(role: str) -> str:
    """The endpoint at which this role begins."""
    return f"console.{next((place.endpoint for place in menu(role)), 'account')}"
