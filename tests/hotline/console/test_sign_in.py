"""Getting in, staying in, getting out."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from hotline.casework.leaving import deactivate
from hotline.settings import Settings
from storage.database import Store
from storage.tables import console_sessions
from tests import cast
from tests.hotline.console.conftest import Visitor, Wall
from tests.hotline.station import NOW, Station

SignedIn = Callable[[cast.Officer], Visitor]


def sessions(store: Store) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(console_sessions)) or 0


def test_the_right_password_opens_the_board(stranger: Visitor) -> None:
    answer = stranger.signs_in(cast.HANH)
    assert (answer.status_code, answer.location) == (303, "/board")
    assert stranger.opens("/calls").status_code == 200


def test_capitals_and_blanks_around_a_login_do_no_harm(stranger: Visitor) -> None:
    assert stranger.sends("/sign-in", login=" HANH ", password=cast.HANH.password).status_code == 303


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("hanh", "not her password"),
        ("hanh", ""),
        ("hanh", cast.QUAN.password),
        ("nobody", cast.HANH.password),
        ("", ""),
        ("hanh'--", "x"),
        ("\x00\ufffe", "x" * 9000),
    ],
)
def test_anything_else_is_refused_in_the_same_words(stranger: Visitor, login: str, password: str) -> None:
    answer = stranger.sends("/sign-in", login=login, password=password)
    assert answer.status_code == 403
    assert "This name and password do not match" in answer.text
    assert stranger.opens("/calls").status_code == 303


def test_a_stranger_is_sent_to_the_sign_in_and_then_to_the_page_asked_for(stranger: Visitor) -> None:
    answer = stranger.opens("/reports?kind=report")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/reports?kind%3Dreport"
    page = stranger.opens(answer.location).text
    assert 'name="next" value="/reports?kind=report"' in page
    onwards = stranger.sends("/sign-in", login="hanh", password=cast.HANH.password, next="/reports?kind=report")
    assert onwards.location == "/reports?kind=report"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/calls/../../x", "javascript:alert(1)", "/calls\n/"],
)
def test_the_sign_in_sends_nobody_to_another_site(stranger: Visitor, elsewhere: str) -> None:
    answer = stranger.sends("/sign-in", login="hanh", password=cast.HANH.password, next=elsewhere)
    assert answer.location == "/board"


def test_the_fifth_wrong_password_is_the_last_for_a_quarter_of_an_hour(stranger: Visitor, wall: Wall) -> None:
    for _ in range(5):
        assert stranger.signs_in(cast.HANH, "a guess").status_code == 403
    stopped = stranger.signs_in(cast.HANH)
    assert stopped.status_code == 429
    assert stopped.headers["Retry-After"] == "900"
    wall.forward(timedelta(minutes=14, seconds=59))
    assert stranger.signs_in(cast.HANH).status_code == 429
    wall.forward(timedelta(seconds=1))
    assert stranger.signs_in(cast.HANH).status_code == 303


def test_a_guesser_elsewhere_does_not_lock_the_officer_out(app: Flask, stranger: Visitor) -> None:
    for _ in range(6):
        stranger.signs_in(cast.HANH, "a guess")
    officer = Visitor(app.test_client(), address="192.0.2.77")
    assert officer.signs_in(cast.HANH).status_code == 303


def test_behind_a_proxy_on_this_machine_the_address_is_the_one_the_proxy_saw(stranger: Visitor) -> None:
    stranger.address = "127.0.0.1"
    token = stranger.token()

    def tries(seen_by_proxy: str) -> int:
        return stranger.browser.post(
            "/sign-in",
            data={"csrf_token": token, "login": "hanh", "password": "a guess"},
            headers={"X-Forwarded-For": f"198.51.100.1, {seen_by_proxy}"},
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
        ).status_code

    assert [tries("203.0.113.5") for _ in range(6)] == [403] * 5 + [429]
    assert tries("203.0.113.6") == 403
    assert [tries(f"2001:db8::{last}") for last in range(1, 7)] == [403] * 5 + [429]


def test_nobody_from_afar_can_pretend_an_address(stranger: Visitor) -> None:
    token = stranger.token()
    answers = [
        stranger.browser.post(
            "/sign-in",
            data={"csrf_token": token, "login": "hanh", "password": "a guess"},
            headers={"X-Forwarded-For": f"203.0.113.{last}"},
            environ_base={"REMOTE_ADDR": stranger.address},
        ).status_code
        for last in range(6)
    ]
    assert answers == [403] * 5 + [429]


def test_a_session_ends_after_half_an_hour_without_a_page(signed_in: SignedIn, wall: Wall) -> None:
    hanh = signed_in(cast.HANH)
    for _ in range(3):
        wall.forward(timedelta(minutes=29))
        assert hanh.opens("/calls").status_code == 200
    wall.forward(timedelta(minutes=30))
    assert hanh.opens("/calls").status_code == 303


def test_a_session_ends_after_twelve_hours_whatever_happens(signed_in: SignedIn, wall: Wall) -> None:
    hanh = signed_in(cast.HANH)
    for _ in range(24 * 2 - 1):
        wall.forward(timedelta(minutes=15))
        assert hanh.opens("/reports").status_code == 200
    wall.forward(timedelta(minutes=15))
    assert hanh.opens("/reports").status_code == 303


def test_signing_out_ends_the_session_on_the_server_too(signed_in: SignedIn, store: Store) -> None:
    hanh = signed_in(cast.HANH)
    cookie = hanh.browser.get_cookie("hotline_session")
    assert cookie is not None
    assert hanh.sends("/sign-out").status_code == 303
    assert sessions(store) == 0
    hanh.browser.set_cookie("hotline_session", cookie.value)
    assert hanh.opens("/calls").status_code == 303


def test_an_officer_who_left_is_out_with_the_next_page(signed_in: SignedIn, store: Store, commune: Station) -> None:
    hanh = signed_in(cast.HANH)
    with store.write() as connection:
        deactivate(connection, commune.officers["hanh"], NOW)
    assert hanh.opens("/calls").status_code == 303
    assert hanh.signs_in(cast.HANH).status_code == 403


@pytest.mark.parametrize("token", ["", "x", "é" * 44, "A" * 44, "../../etc/passwd", "A" * 5000])
def test_an_invented_cookie_opens_nothing(stranger: Visitor, token: str) -> None:
    answer = stranger.browser.get("/calls", headers={"Cookie": f"hotline_session={token}".encode().decode("latin-1")})
    assert answer.status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(stranger: Visitor) -> None:
    [cookie] = [c for c in stranger.signs_in(cast.HANH).headers.getlist("Set-Cookie") if "hotline_session" in c]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie  # this console is on http://127.0.0.1
    assert "Domain" not in cookie


class TestBehindHttps:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"hotline_public_url": "https://line.example.org"})

    @pytest.mark.usefixtures("commune")
    def test_the_cookie_is_bound_to_this_host_and_to_https(self, app: Flask) -> None:
        browser = app.test_client()
        page = browser.get("/sign-in", base_url="https://line.example.org")
        token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        answer = browser.post(
            "/sign-in",
            base_url="https://line.example.org",
            data={"csrf_token": token, "login": "hanh", "password": cast.HANH.password},
        )
        assert answer.status_code == 303
        [cookie] = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-hotline=")]
        assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"))
        assert browser.get("/calls", base_url="https://line.example.org").status_code == 200
