"""/settings/deadlines and /settings/paging: how long the unit gives, and who is told of a report when."""

from collections.abc import Callable, Mapping
from datetime import time
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from hotline.casework import policies, unit_settings
from hotline.casework.deadlines import ACKNOWLEDGEMENT, standard_rules
from hotline.casework.people import OfficerRow
from hotline.casework.reach import lost_of
from hotline.casework.unit_settings import Hand, SettingsChangedError, UnitSettings
from hotline.console.door import signed_in
from hotline.console.policy_forms import LimitForm, PolicyForm
from hotline.console.services import services
from hotline.console.settings_page import CLASSES, URGENCIES, changed_word, quiet_hours, reach_of
from hotline.errors import NotFoundError
from ivr_flows.taxonomy import load_taxonomy

_MORE_STEPS = 2  # empty ones offered: two can be added at once, without a script


# ---- limits --------------------------------------------------------------------------------------------------------


def limits() -> ResponseReturnValue:
    """GET /settings/deadlines."""
    return _limits({})


def set_limit() -> ResponseReturnValue:
    """POST /settings/deadlines: one class of deadline, or the acknowledgement of one urgency."""
    return _keep(_chief(), request.form.get("of", ""), _path_of_limit, LimitForm, "deadlines", _limits)


def _path_of_limit(of: str) -> tuple[str, ...]:
    """Where a limit is kept. Raises NotFoundError."""
    if of in CLASSES:
        return (of,)
    if of in URGENCIES:
        return (ACKNOWLEDGEMENT, of)
    raise NotFoundError


def _limits(forms: Mapping[str, Any], trouble: str | None = None) -> str:
    found, standard = _settings(), standard_rules()
    shown = {of: forms.get(of) or _limit_form(of, found, _path_of_limit(of)) for of in (*CLASSES, *URGENCIES)}
    return render_template(
        "console/settings_deadlines.html",
        forms=shown,
        trouble=trouble,
        classes=CLASSES,
        urgencies=URGENCIES,
        standard={**standard.classes, **standard.acknowledgement},
        hints=load_taxonomy().deadlines,
        own={of: entry for of in shown if (entry := _entry(found.deadlines, _path_of_limit(of)))},
        limit_of=LimitForm.limit,
    )


def _limit_form(of: str, found: UnitSettings, path: tuple[str, ...]) -> LimitForm:
    entry = _entry(found.deadlines, path) or {}
    return LimitForm(prefix=f"{of}-", data={**entry, "version": found.version("deadlines", *path)})


def _entry(value: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    first, rest = value.get(path[0]), path[1:]
    return _entry(first or {}, rest) if rest else first


# ---- who is told when ----------------------------------------------------------------------------------------------


def paging() -> ResponseReturnValue:
    """GET /settings/paging."""
    return _paging({})


def set_policy() -> ResponseReturnValue:
    """POST /settings/paging: the policy of one urgency; with `standard`, the standard one again."""
    return _keep(_chief(), request.form.get("of", ""), _path_of_policy, PolicyForm, "follow_ups", _paging)


def _path_of_policy(of: str) -> tuple[str, ...]:
    if of not in URGENCIES:
        raise NotFoundError
    return (of,)


def _paging(forms: Mapping[str, Any], trouble: str | None = None) -> str:
    found = _settings()
    with services().store.read() as connection:
        lost = lost_of(found.follow_ups, reach_of(connection, found))
    shown = {of: forms.get(of) or _policy_form(of, found) for of in URGENCIES}
    for form in shown.values():
        form.name_choices()
    return render_template(
        "console/settings_paging.html",
        forms=shown,
        policies={of: policies.frozen_policy(found.follow_ups, of) for of in URGENCIES},
        own=[of for of in URGENCIES if found.follow_ups.get(of)],
        lost=lost,
        urgencies=URGENCIES,
        quiet_hours=quiet_hours(found),
        trouble=trouble,
    )


def _policy_form(of: str, found: UnitSettings) -> PolicyForm:
    known = policies.frozen_policy(found.follow_ups, of)
    steps = [{**step, "at": time.fromisoformat(step["at"]) if step.get("at") else None} for step in known["steps"]]
    more: list[dict[str, Any]] = [{}] * min(_MORE_STEPS, policies.MOST_STEPS - len(steps))
    entry = {**policies.DEFAULTS[of], **(found.follow_ups.get(of) or {})}
    return PolicyForm(
        prefix=f"{of}-",
        data={
            **known,
            "steps": [*steps, *more],
            "quiet": bool(entry.get("quiet")),
            "version": found.version("follow_ups", of),
        },
    )


# ---- both ----------------------------------------------------------------------------------------------------------


def _keep(
    officer: OfficerRow,
    of: str,
    path_of: Callable[[str], tuple[str, ...]],
    form_of: type[Any],
    column: str,
    again: Callable[..., str],
) -> ResponseReturnValue:
    """Keep one entry; where that will not do, the page again with all that was typed and why."""
    path, form, standard = path_of(of), form_of(request.form, prefix=f"{of}-"), "standard" in request.form
    if not standard and not form.validate():
        return again({of: form}), 422
    hand, value = Hand(officer, form.version.data or "", services().now()), None if standard else form.kept()

    def keep(connection: Connection) -> None:
        unit_settings.change(connection, hand, column, value, *path)

    try:
        services().store.commit(keep)
    except SettingsChangedError:
        return again({of: form}, changed_word()), 409
    return redirect(url_for(f"console.{_PAGE_OF[column]}", _anchor=of), 303)


_PAGE_OF = {"deadlines": "settings_deadlines", "follow_ups": "settings_paging"}


def _settings() -> UnitSettings:
    with services().store.read() as connection:
        return unit_settings.settings_of(connection, _chief())


def _chief() -> OfficerRow:
    officer = signed_in().officer
    unit_settings.refuse_who_may_not_set(officer)
    return officer


ADDRESSES: tuple[tuple[str, str, Callable[..., ResponseReturnValue], str], ...] = (
    ("/settings/deadlines", "settings_deadlines", limits, "GET"),
    ("/settings/deadlines", "set_deadline_class", set_limit, "POST"),
    ("/settings/paging", "settings_paging", paging, "GET"),
    ("/settings/paging", "set_policy", set_policy, "POST"),
)
