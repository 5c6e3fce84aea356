"""/people: the officers of the unit, and what chief and administrator do to their accounts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import Connection

from hotline.casework import account_acts, people_list
from hotline.casework.account_acts import NewOfficer
from hotline.casework.accounts import (
    ROLES_THAT_KEEP,
    AccountChangedError,
    AccountRefusedError,
    Hand,
    Refusal,
    may_keep,
)
from hotline.casework.desk import NotTheirTaskError
from hotline.casework.passwords import proposed_password
from hotline.casework.people import ROLES, LoginTakenError, OfficerRow, lock_new_key
from hotline.casework.roster import zone_of
from hotline.casework.roster_plan import names
from hotline.casework.unit_settings import manner_of
from hotline.console.door import signed_in
from hotline.console.people_forms import (
    DetailsForm,
    FirstPasswordForm,
    NewOfficerForm,
    RoleForm,
    VersionForm,
    offer_languages,
    offer_roles,
)
from hotline.console.people_words import account_refusal_word
from hotline.console.services import services


def listing() -> ResponseReturnValue:
    """GET /people."""
    officer, known = signed_in().officer, services()
    with known.store.read() as connection:
        found = people_list.people_of(connection, officer, known.secret, known.now())
    return render_template(
        "console/people.html",
        people=[one for one in found if one.account.active],
        gone=[one for one in found if not one.account.active],
        keeps=officer.role in ROLES_THAT_KEEP,
    )


# ---- somebody new --------------------------------------------------------------------------------------------------


def new() -> ResponseReturnValue:
    """GET /people/new."""
    return _new(NewOfficerForm(data={"password": proposed_password()}))


def add() -> ResponseReturnValue:
    """POST /people."""
    form, keeper = NewOfficerForm(request.form), _keeper()
    _offer_new(form, keeper)
    if not form.validate():
        return _new(form), 422
    given = NewOfficer(
        form.login.data,
        form.name.data,
        form.role.data,
        form.language.data,
        form.telephone.number,
        lock_new_key(form.password.data),
    )
    known, now = services(), services().now()
    try:
        account_id = known.store.commit(
            lambda connection: account_acts.hire(connection, keeper, given, known.secret, now)
        )
    except LoginTakenError:
        form.login.errors = [gettext("Somebody signs in under this name already.")]
        return _new(form), 422
    except AccountRefusedError as error:
        blamed = form.role if error.refusal is Refusal.KEYLESS else form.telephone
        blamed.errors = [account_refusal_word(error.refusal)]
        return _new(form), 422
    return redirect(url_for("console.person", account_id=account_id), 303)


def _new(form: NewOfficerForm) -> str:
    _offer_new(form, _keeper())
    return render_template("console/person_new.html", form=form)


def _offer_new(form: NewOfficerForm, keeper: OfficerRow) -> None:
    with services().store.read() as connection:
        manner = manner_of(connection, keeper.unit_id)
    form.region = manner.region
    offer_roles(form.role, (role for role in ROLES if may_keep(keeper, role)))
    offer_languages(form.language)
    if form.language.data is None:
        form.language.data = manner.language


# ---- one officer ---------------------------------------------------------------------------------------------------


@dataclass
class _Forms:
    details: DetailsForm = field(default_factory=DetailsForm)
    role: RoleForm = field(default_factory=RoleForm)
    password: FirstPasswordForm = field(
        default_factory=lambda: FirstPasswordForm(data={"password": proposed_password()})
    )


_Act = Callable[[Connection, Hand], object]


def person(account_id: int) -> ResponseReturnValue:
    """GET /people/<id>."""
    return _person(account_id, _Forms())


def change_details(account_id: int) -> ResponseReturnValue:
    """POST /people/<id>/details."""
    form, secret = DetailsForm(request.form), services().secret
    forms = _Forms(details=form)

    def act(connection: Connection, hand: Hand) -> None:
        taken_away = form.no_telephone.data
        account_acts.change_details(connection, hand, form.name.data, form.telephone.number, taken_away, secret)

    return _do(account_id, forms, form, act, form.telephone)


def change_role(account_id: int) -> ResponseReturnValue:
    """POST /people/<id>/role."""
    form = RoleForm(request.form)
    offer_roles(form.role, ROLES)
    return _do(
        account_id,
        _Forms(role=form),
        form,
        lambda connection, hand: account_acts.change_role(connection, hand, form.role.data),
        form.role,
    )


def give_password(account_id: int) -> ResponseReturnValue:
    """POST /people/<id>/password."""
    form = FirstPasswordForm(request.form)

    def prepare() -> _Act:
        key = lock_new_key(form.password.data)
        return lambda connection, hand: account_acts.give_password(connection, hand, key)

    return _do(account_id, _Forms(password=form), form, prepare, form.password, slow=True)


def dismiss(account_id: int) -> ResponseReturnValue:
    """POST /people/<id>/dismissal."""
    return _press(account_id, account_acts.dismiss)


def restore(account_id: int) -> ResponseReturnValue:
    """POST /people/<id>/return."""
    secret = services().secret
    return _press(account_id, lambda connection, hand: account_acts.restore(connection, hand, secret))


def hand_keys(account_id: int) -> ResponseReturnValue:
    """POST /people/<id>/keys."""
    session = signed_in()

    def act(connection: Connection, hand: Hand) -> None:
        account_acts.hand_keys(connection, hand, session.open_keys(connection))

    return _press(account_id, act)


def sign_out(account_id: int) -> ResponseReturnValue:
    """POST /people/<id>/sign-out."""
    return _press(account_id, account_acts.sign_out)


def _press(account_id: int, act: _Act) -> ResponseReturnValue:
    """Do what a button without fields says."""
    return _do(account_id, _Forms(), VersionForm(request.form), act, None)


def _do(
    account_id: int, forms: _Forms, form: VersionForm, act: Any, blamed: Any, slow: bool = False
) -> ResponseReturnValue:
    """Do what the form says; where that will not do, the page again with all that was typed and why.

    `slow`: what is to be done has to be prepared, outside the commit that others wait for."""
    keeper, now = _keeper(), services().now()
    with services().store.read() as connection:
        form.region = manner_of(connection, keeper.unit_id).region
    if not form.validate():
        return _person(account_id, forms), 422
    hand = Hand(keeper, account_id, form.version.data or "", now)
    doing = act() if slow else act
    try:
        services().store.commit(lambda connection: doing(connection, hand))
    except AccountChangedError:
        changed = gettext(
            "Somebody has changed this account in the meantime. Nothing was overwritten: please look again."
        )
        return _person(account_id, forms, changed), 409
    except AccountRefusedError as error:
        return _refused(account_id, forms, blamed, error.refusal), 422
    return redirect(url_for("console.person", account_id=account_id), 303)


def _refused(account_id: int, forms: _Forms, blamed: Any, refusal: Refusal) -> str:
    why = account_refusal_word(refusal)
    if blamed is not None:
        blamed.errors = [*blamed.errors, why]
    return _person(account_id, forms, why)


def _person(account_id: int, forms: _Forms, trouble: str | None = None) -> str:
    officer, known = signed_in().officer, services()
    with known.store.read() as connection:
        found = people_list.officer_page(connection, officer, account_id, known.secret, known.now())
        named, zone = names(connection, officer.unit_id), zone_of(connection, officer.unit_id)
    account = found.listed.account
    _fill(forms, account.name, account.role, officer)
    return render_template(
        "console/person.html",
        page=found,
        account=account,
        forms=forms,
        trouble=trouble,
        names=named,
        zone=zone,
        keeps=may_keep(officer, account.role),
        own=account.id == officer.id,
    )


def _fill(forms: _Forms, name: str, role: str, keeper: OfficerRow) -> None:
    """Put what is known into the fields that nobody has typed into."""
    offer_roles(forms.role.role, (one for one in ROLES if may_keep(keeper, one)))
    if forms.details.name.raw_data is None:
        forms.details.name.data = name
    if forms.role.role.raw_data is None:
        forms.role.role.data = role


def _keeper() -> OfficerRow:
    """Whoever is signed in, if that is somebody who keeps accounts. Raises NotTheirTaskError."""
    officer = signed_in().officer
    if officer.role not in ROLES_THAT_KEEP:
        raise NotTheirTaskError
    return officer


ADDRESSES: tuple[tuple[str, str, Callable[..., ResponseReturnValue], str], ...] = (
    ("/people", "people", listing, "GET"),
    ("/people/new", "new_person", new, "GET"),
    ("/people", "add_person", add, "POST"),
    ("/people/<int:account_id>", "person", person, "GET"),
    ("/people/<int:account_id>/details", "change_person", change_details, "POST"),
    ("/people/<int:account_id>/role", "change_role", change_role, "POST"),
    ("/people/<int:account_id>/password", "give_password", give_password, "POST"),
    ("/people/<int:account_id>/dismissal", "dismiss_person", dismiss, "POST"),
    ("/people/<int:account_id>/return", "restore_person", restore, "POST"),
    ("/people/<int:account_id>/keys", "hand_keys", hand_keys, "POST"),
    ("/people/<int:account_id>/sign-out", "sign_person_out", sign_out, "POST"),
)
