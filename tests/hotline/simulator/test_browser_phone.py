"""The browser phone's own side of the wire; the page itself is driven in tests/browser."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from hotline.simulator import audio
from hotline.simulator.browser_phone import phone_blueprint
from hotline.simulator.phone_words import WORDS
from tests.cast import THE_LINE
from tests.hotline.simulator.application import Application, carrier_of

MENU = '<Gather numDigits="1" timeout="6" action="/menu"><Say language="vi-VN">Xin chào</Say></Gather>'
RECORD = '<Play>/prompts/vi/beep.wav</Play><Record action="/recorded" finishOnKey="#" maxLength="60"/>'


class Time:
    def __init__(self):
        self.now = datetime(2026, 3, 2, tzinfo=UTC)

    def __call__(self):
        return self.now


class Parrot:
    """Speaks every text as its own letters; records what it was asked to say."""

    def say(self, text, language):
        return f"{language}:{text}".encode() if language.startswith("vi") else None


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def application():
    return Application(
        {
            "/voice/incoming": MENU,
            "/menu": RECORD,
            "/recorded": "<Say>Thank you</Say>",
            "/prompts/vi/beep.wav": b"RIFFbeep",
        }
    )


@pytest.fixture
def carrier(application, time):
    return carrier_of(application, time)


@pytest.fixture
def web(carrier):
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    app.register_blueprint(phone_blueprint(carrier, lambda: THE_LINE, Parrot()))
    return app.test_client()


def dial(web, **told):
    return web.post("/phone/calls", json=told).get_json()


def test_a_call_tells_what_was_said_and_what_is_awaited(web, application):
    told = dial(web, caller="withheld")
    [word] = told["words"]
    assert (word["text"], word["language"], told["awaits"], told["timeout_s"]) == ("Xin chào", "vi-VN", "keys", 6)
    assert web.get(word["audio"]).data == "vi-VN:Xin chào".encode()
    assert application.forms("/voice/incoming")[0]["From"] == "anonymous"


def test_a_whole_call(web, application):
    told = dial(web)
    here = f"/phone/calls/{told['call']}"
    told = web.post(f"{here}/keys?after=1", json={"keys": "1"}).get_json()
    assert (told["awaits"], told["max_seconds"], [w["n"] for w in told["words"]]) == ("recording", 60, [1])
    assert web.get(told["words"][0]["audio"]).data == b"RIFFbeep"
    told = web.post(f"{here}/recording?key=%23", data=audio.silence(40), content_type="audio/wav").get_json()
    assert told["awaits"] == "ended"
    assert application.forms("/recorded")[0]["RecordingDuration"] == "40"
    assert web.get(told["words"][-1]["audio"]).status_code == 204  # no English voice: the page shows the text


def test_hanging_up_in_mid_recording_keeps_what_was_said(web, application):
    here = f"/phone/calls/{dial(web)['call']}"
    web.post(f"{here}/keys", json={"keys": "1"})
    web.post(f"{here}/recording?key=hangup", data=audio.silence(4))
    assert application.forms("/recorded")[0]["Digits"] == "hangup"


def test_three_minutes_of_speech_are_taken_and_more_is_refused(web):
    here = f"/phone/calls/{dial(web)['call']}"
    web.post(f"{here}/keys", json={"keys": "1"})
    assert web.post(f"{here}/recording", data=bytes(5 * 1024 * 1024)).status_code == 413
    assert web.post(f"{here}/recording", data=audio.silence(180)).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("keys", {"keys": "x"}, 409),
        ("keys", ["1"], 200),
        ("officer", {"does": "dances"}, 400),
        ("officer", {"does": "answers"}, 409),
        ("recording", None, 200),
        ("hangup", None, 200),
    ],
)
def test_what_makes_no_sense_is_refused_without_a_crash(web, path, body, status):
    here = f"/phone/calls/{dial(web)['call']}"
    assert web.post(f"{here}/{path}", json=body).status_code == status


def test_unknown_calls_words_and_callers_are_not_there(web):
    told = dial(web)
    assert web.get(f"/phone/calls/{told['call']}/speech/7.wav").status_code == 404
    assert web.post("/phone/calls/another/keys", json={"keys": "1"}).status_code == 404
    assert web.post("/phone/calls", json={"caller": "+84912345699"}).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_another_sites_page_cannot_call(web, carrier, headers):
    assert web.post("/phone/calls", json={}, headers=headers).status_code == 403
    assert carrier.legs == {}


def test_calls_are_bounded_in_number(web):
    tokens = [dial(web)["call"] for _ in range(50)]
    assert web.post("/phone/calls", json={}).status_code == 503
    web.post(f"/phone/calls/{tokens[7]}/hangup")
    assert web.post("/phone/calls", json={}).status_code == 200


def test_a_call_that_was_left_lying_is_hung_up_after_half_an_hour(web, application, time):
    forgotten = dial(web)["call"]
    time.now += timedelta(minutes=31)
    dial(web)
    assert web.post(f"/phone/calls/{forgotten}/wait").status_code == 404
    assert len(application.forms("/voice/status")) == 1


@pytest.mark.parametrize("language", list(WORDS))
def test_the_page_speaks_three_languages_and_needs_nothing_from_elsewhere(web, language):
    answer = web.get(f"/phone?lang={language}")
    assert f'<html lang="{language}">' in answer.text
    assert WORDS[language]["call"] in answer.text
    assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=|https?://", answer.text)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    for file in re.findall(r'(?:src|href)="(/phone/static/[^"]+)"', answer.text):
        with web.get(file) as served:
            assert served.status_code == 200


def test_the_page_follows_the_browsers_language(web):
    assert '<html lang="ru">' in web.get("/phone", headers={"Accept-Language": "ru-RU,ru;q=0.9"}).text
    assert '<html lang="en">' in web.get("/phone", headers={"Accept-Language": "fr"}).text


def test_no_language_lacks_a_word():
    assert len({frozenset(words) for words in WORDS.values()}) == 1
    assert all(text for words in WORDS.values() for text in words.values())


def test_the_carriers_secret_is_never_on_the_page(web, carrier):
    told = web.post("/phone/calls", json={}).text
    assert carrier.auth_token not in web.get("/phone").text + told
