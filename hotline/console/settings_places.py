"""/settings/places: the places with their digits: added, renamed, closed and opened again, never deleted."""

from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from hotline.casework import unit_places, unit_settings
from hotline.casework.people import OfficerRow
from hotline.casework.unit_places import PlaceRefusedError, PlaceRow
from hotline.casework.unit_settings import Hand, SettingsChangedError
from hotline.console.door import signed_in
from hotline.console.services import services
from hotline.console.settings_forms import NewPlaceForm, PlaceForm
from hotline.console.settings_page import changed_word
from hotline.console.settings_words import PLACE_REFUSALS


def page() -> ResponseReturnValue:
    """GET /settings/places."""
    return _places(NewPlaceForm())


def add() -> ResponseReturnValue:
    """POST /settings/places."""
    officer, form, now = _chief(), NewPlaceForm(request.form), services().now()
    form.offer_kinds()
    if not form.validate():
        return _places(form), 422

    def keep(connection: Connection) -> None:
        unit_settings.take_up(connection, Hand(officer, "", now))
        entry = {**form.entry({}), "digits": form.digits.data}
        unit_places.add_place(connection, officer.unit_id, entry, officer.id, now)

    try:
        services().store.commit(keep)
    except PlaceRefusedError as error:
        form.digits.errors = [str(PLACE_REFUSALS[error.refusal])]
        return _places(form), 422
    return redirect(url_for("console.settings_places"), 303)


def place(place_id: int) -> ResponseReturnValue:
    """GET /settings/places/<id>."""
    return _place(place_id, None)


def change(place_id: int) -> ResponseReturnValue:
    """POST /settings/places/<id>."""
    officer, form, now = _chief(), PlaceForm(request.form), services().now()
    with services().store.read() as connection:
        known = unit_places.place_of(connection, officer.unit_id, place_id)
    form.offer_kinds(known.kind)
    if not form.validate():
        return _place(place_id, form), 422

    def keep(connection: Connection, found: PlaceRow) -> None:
        entry = form.entry(dict(found.names))
        unit_places.change_place(connection, officer.unit_id, found, entry, officer.id, now)

    return _done(officer, place_id, form, keep)


def close(place_id: int) -> ResponseReturnValue:
    """POST /settings/places/<id>/closure."""
    return _press(place_id, unit_places.close_place)


def reopen(place_id: int) -> ResponseReturnValue:
    """POST /settings/places/<id>/reopening."""
    return _press(place_id, unit_places.reopen_place)


def _press(place_id: int, act: Callable[..., None]) -> ResponseReturnValue:
    officer, now = _chief(), services().now()
    return _done(
        officer,
        place_id,
        PlaceForm(request.form),
        lambda connection, found: act(connection, found, officer.id, now),
        pressed=True,
    )


def _done(
    officer: OfficerRow,
    place_id: int,
    form: PlaceForm,
    act: Callable[[Connection, PlaceRow], None],
    pressed: bool = False,
) -> ResponseReturnValue:
    hand = Hand(officer, form.version.data or "", services().now())

    def keep(connection: Connection) -> None:
        unit_settings.at_place(connection, hand, place_id, lambda found: act(connection, found))

    try:
        services().store.commit(keep)
    except SettingsChangedError:
        return _place(place_id, None if pressed else form, changed_word()), 409
    return redirect(url_for("console.settings_places"), 303)


def _places(form: NewPlaceForm) -> str:
    officer = _chief()
    form.offer_kinds()
    with services().store.read() as connection:
        found = unit_places.places_of(connection, officer.unit_id)
    return render_template("console/settings_places.html", places=found, form=form)


def _place(place_id: int, form: Any, trouble: str | None = None) -> str:
    officer = _chief()
    with services().store.read() as connection:
        found = unit_places.place_of(connection, officer.unit_id, place_id)
    if form is None:
        names = {f"name_{language}": found.names.get(language) for language in ("en", "ru")}
        form = PlaceForm(obj=found, data={**names, "version": found.version})
    form.offer_kinds(found.kind)
    return render_template("console/settings_place.html", place=found, form=form, trouble=trouble)


def _chief() -> OfficerRow:
    officer = signed_in().officer
    unit_settings.refuse_who_may_not_set(officer)
    return officer


ADDRESSES: tuple[tuple[str, str, Callable[..., ResponseReturnValue], str], ...] = (
    ("/settings/places", "settings_places", page, "GET"),
    ("/settings/places", "add_place", add, "POST"),
    ("/settings/places/<int:place_id>", "settings_place", place, "GET"),
    ("/settings/places/<int:place_id>", "change_place", change, "POST"),
    ("/settings/places/<int:place_id>/closure", "close_place", close, "POST"),
    ("/settings/places/<int:place_id>/reopening", "reopen_place", reopen, "POST"),
)
