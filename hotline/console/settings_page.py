"""/settings: how the unit works, to be read by all who work there; its one-form sections, for the chief."""

from collections.abc import Callable, Mapping
from datetime import time
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Connection
from wtforms.fields import SelectChoice

from hotline.casework import policies, unit_settings
from hotline.casework.deadlines import ACKNOWLEDGEMENT, Rules
from hotline.casework.holiday_list import country_codes, holidays_ahead
from hotline.casework.reach import Reach, lost_of, reach
from hotline.casework.roster import zone_of
from hotline.casework.unit_places import places_of
from hotline.casework.unit_settings import Hand, SettingsChangedError, UnitSettings
from hotline.console.door import signed_in
from hotline.console.languages import page_language
from hotline.console.services import services
from hotline.console.settings_forms import (
    WEEKDAYS,
    BodiesForm,
    CallBacksForm,
    HoursForm,
    MailboxesForm,
    NameForm,
    QuietHoursForm,
    SettingForm,
)
from ivr_flows.taxonomy import load_taxonomy

CLASSES = tuple(code for code in load_taxonomy().deadlines if code != "NONE")
URGENCIES = tuple(load_taxonomy().urgencies)


def page() -> ResponseReturnValue:
    """GET /settings."""
    officer, known, now = signed_in().officer, services(), services().now()
    with known.store.read() as connection:
        found = unit_settings.settings_of(connection, officer)
        places, zone = places_of(connection, officer.unit_id), zone_of(connection, officer.unit_id)
        reached = reach_of(connection, found)
    return render_template(
        "console/settings.html",
        settings=found,
        places=places,
        rules=Rules.from_settings(found.deadlines),
        policies={urgency: policies.frozen_policy(found.follow_ups, urgency) for urgency in URGENCIES},
        quiet_hours=quiet_hours(found),
        mailboxes=found.follow_ups.get(policies.MAILBOXES) or {},
        lost=lost_of(found.follow_ups, reached),
        holidays=holidays_ahead(found.holidays, now.astimezone(zone).date(), page_language()),
        classes=CLASSES,
        urgencies=URGENCIES,
        weekdays=WEEKDAYS,
        acknowledgement=found.deadlines.get(ACKNOWLEDGEMENT) or {},
        sets=officer.role in unit_settings.ROLES_THAT_SET,
    )


def quiet_hours(found: UnitSettings) -> str:
    return str(found.follow_ups.get(policies.QUIET_HOURS, policies.DEFAULTS[policies.QUIET_HOURS]) or "")


def reach_of(connection: Connection, found: UnitSettings) -> Reach:
    """What this unit gets through with, on this machine."""
    known, given = services(), services().settings
    channels = [name for name, set_up in _CHANNELS_OF.items() if set_up(given)]
    return reach(connection, signed_in().officer.unit_id, found.follow_ups, channels, known.now())


_CHANNELS_OF: dict[str, Callable[[Any], bool]] = {
    policies.MAIL: lambda given: bool(given.hotline_smtp_host),
    policies.WEBHOOK: lambda given: bool(given.hotline_webhook_url),
}


# ---- sections of one form ------------------------------------------------------------------------------------------


class Section:
    """A part of the settings that is one form: how it is filled from what is kept, and kept again.

    `of`: the column, and the entry in it, that the form's version names."""

    title: Any = ""
    lede: Any = ""
    form: type[SettingForm] = SettingForm
    of: tuple[str, ...] = ()
    template = "console/settings_form.html"

    def version(self, found: UnitSettings) -> str:
        return found.version(self.of[0], *self.of[1:])

    def fill(self, found: UnitSettings) -> Mapping[str, Any]:
        raise NotImplementedError

    def offer(self, form: Any) -> None:
        """Give the form its choices."""

    def keep(self, connection: Connection, hand: Hand, form: Any) -> None:
        raise NotImplementedError


class NameSection(Section):
    title, form, of = lazy_gettext("Name"), NameForm, ("name",)

    def fill(self, found: UnitSettings) -> Mapping[str, Any]:
        return {"name": found.name}

    def keep(self, connection: Connection, hand: Hand, form: NameForm) -> None:
        unit_settings.rename(connection, hand, form.name.data)


class HoursSection(Section):
    title, form, template = lazy_gettext("Office hours"), HoursForm, "console/settings_hours.html"
    lede = lazy_gettext(
        "By these hours callers hear whether the office is open, and working days are counted for deadlines. "
        "The telephone is answered round the clock."
    )

    def version(self, found: UnitSettings) -> str:
        return unit_settings.hours_version(found)

    def fill(self, found: UnitSettings) -> Mapping[str, Any]:
        spans = {day: ", ".join(found.office_hours.get(day) or ()) for day in WEEKDAYS}
        days = {"closed_days": found.holidays.get("extra"), "open_days": found.holidays.get("working")}
        lines = {name: "\n".join(map(str, given or ())) for name, given in days.items()}
        return {**spans, **lines, "country": found.holidays.get("country") or ""}

    def offer(self, form: HoursForm) -> None:
        none = SelectChoice("", gettext("none"))
        form.country.choices = [none, *(SelectChoice(code, code) for code in country_codes())]

    def keep(self, connection: Connection, hand: Hand, form: HoursForm) -> None:
        given = {"country": form.country.data, "extra": form.closed_days.days, "working": form.open_days.days}
        days = {name: value for name, value in given.items() if value}
        unit_settings.change_hours(connection, hand, form.hours(), days)


class BodiesSection(Section):
    title, form, of = lazy_gettext("Transfers"), BodiesForm, ("transfer_to",)

    def fill(self, found: UnitSettings) -> Mapping[str, Any]:
        return {"bodies": "\n".join(found.transfer_to)}

    def keep(self, connection: Connection, hand: Hand, form: BodiesForm) -> None:
        unit_settings.change(connection, hand, "transfer_to", form.names())


class CallBacksSection(Section):
    title, form, of = lazy_gettext("Calls back"), CallBacksForm, ("call_backs_a_day",)

    def fill(self, found: UnitSettings) -> Mapping[str, Any]:
        return {"most": found.call_backs_a_day}

    def keep(self, connection: Connection, hand: Hand, form: CallBacksForm) -> None:
        unit_settings.change(connection, hand, "call_backs_a_day", form.most.data)


class QuietHoursSection(Section):
    title, form, of = lazy_gettext("Quiet hours"), QuietHoursForm, ("follow_ups", policies.QUIET_HOURS)
    lede = lazy_gettext("In these hours nobody is disturbed by reports whose policy says so.")

    def fill(self, found: UnitSettings) -> Mapping[str, Any]:
        starts, _, ends = quiet_hours(found).partition("-")
        times = {"starts": starts, "ends": ends}
        return {name: time.fromisoformat(given) if given else None for name, given in times.items()}

    def keep(self, connection: Connection, hand: Hand, form: QuietHoursForm) -> None:
        unit_settings.change(connection, hand, "follow_ups", form.kept(), policies.QUIET_HOURS)


class MailboxesSection(Section):
    title, form, of = lazy_gettext("Mailboxes"), MailboxesForm, ("follow_ups", policies.MAILBOXES)
    lede = lazy_gettext("Letters about reports hold category and place, never the caller or their words.")

    def fill(self, found: UnitSettings) -> Mapping[str, Any]:
        return found.follow_ups.get(policies.MAILBOXES) or {}

    def keep(self, connection: Connection, hand: Hand, form: MailboxesForm) -> None:
        unit_settings.change(connection, hand, "follow_ups", form.kept(), policies.MAILBOXES)


SECTIONS: dict[str, Section] = {
    "name": NameSection(),
    "hours": HoursSection(),
    "transfers": BodiesSection(),
    "call-backs": CallBacksSection(),
    "quiet-hours": QuietHoursSection(),
    "mailboxes": MailboxesSection(),
}


def _opens(section: Section, where: str) -> Callable[[], ResponseReturnValue]:
    return lambda: _section(section, where, None)


def _keeps(section: Section, where: str) -> Callable[[], ResponseReturnValue]:
    return lambda: _kept(section, where)


def _kept(section: Section, where: str) -> ResponseReturnValue:
    officer = signed_in().officer
    unit_settings.refuse_who_may_not_set(officer)
    form = section.form(request.form)
    section.offer(form)
    if not form.validate():
        return _section(section, where, form), 422
    hand = Hand(officer, form.version.data or "", services().now())
    try:
        services().store.commit(lambda connection: section.keep(connection, hand, form))
    except SettingsChangedError:
        return _section(section, where, form, changed_word()), 409
    return redirect(url_for("console.settings", _anchor=where), 303)


def changed_word() -> str:
    return str(
        gettext(
            "Somebody has changed this in the meantime. Nothing was overwritten, and what you typed is still here: "
            "open this page anew to see what holds now."
        )
    )


def _section(section: Section, where: str, form: Any, trouble: str | None = None) -> str:
    officer = signed_in().officer
    unit_settings.refuse_who_may_not_set(officer)
    with services().store.read() as connection:
        found = unit_settings.settings_of(connection, officer)
    if form is None:
        form = section.form(data={**section.fill(found), "version": section.version(found)})
        section.offer(form)
    return render_template(
        section.template, section=section, where=where, form=form, trouble=trouble, weekdays=WEEKDAYS, settings=found
    )


ADDRESSES: tuple[tuple[str, str, Callable[..., ResponseReturnValue], str], ...] = (
    ("/settings", "settings", page, "GET"),
    *(
        (f"/settings/{where}", f"settings_{where.replace('-', '_')}", _opens(section, where), "GET")
        for where, section in SECTIONS.items()
    ),
    *(
        (f"/settings/{where}", f"set_{where.replace('-', '_')}", _keeps(section, where), "POST")
        for where, section in SECTIONS.items()
    ),
)
