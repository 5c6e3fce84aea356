"""What the stand-in carrier knows of holding, meeting in a room, changing live calls and recording the line."""

import io

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from hotline.clock import system_clock
from hotline.simulator.carrier import StandInCarrier
from hotline.simulator.distant import distant_carrier
from hotline.simulator.officers import Behaviour, OfficerPhone
from hotline.simulator.phone_call import PhoneCall
from hotline.simulator.rest import rest_blueprint
from hotline.simulator.rooms import Rooms
from hotline.simulator.terminal import run
from tests.cast import HANH, MAY, QUAN, THE_LINE
from tests.hotline.simulator.application import ACCOUNT, TOKEN, Application, carrier_of
from tests.hotline.simulator.test_over_http import served

HERE = "http://line.test"
HOLD = '<Say>Hold on.</Say><Pause length="2"/><Redirect>/look</Redirect>'
ROOM = '<Dial action="{action}"><Conference maxParticipants="2" endConferenceOnExit="true">r00m</Conference></Dial>'
ASKS = '<Gather numDigits="1" action="/key" actionOnEmptyResult="true" finishOnKey=""><Say>Press 1.</Say></Gather>'


@pytest.fixture
def application() -> Application:
    """A caller who holds once and then goes into the room, in which an officer who pressed 1 waits."""
    return Application(
        {
            "/voice/incoming": HOLD,
            "/look": [HOLD, ROOM.format(action="/over")],
            "/over": "<Say>Goodbye.</Say>",
            "/asks": ASKS,
            "/key": "<Say>Yours.</Say>" + ROOM.format(action="/spoken"),
            "/spoken": "<Say>It is over.</Say><Hangup/>",
            "/elsewhere": "<Say>Elsewhere.</Say><Hangup/>",
        }
    )


@pytest.fixture
def carrier(application: Application) -> StandInCarrier:
    carrier = carrier_of(application)
    carrier.phones[HANH.number] = OfficerPhone().by_hand()
    return carrier


def asks(carrier: StandInCarrier, path: str, **form: str) -> TestResponse:
    app = Flask(__name__)
    app.register_blueprint(rest_blueprint(carrier))
    return Client(app).post(f"/2010-04-01/Accounts/{ACCOUNT}/{path}", data=form, auth=(ACCOUNT, TOKEN))


def rings(carrier: StandInCarrier, number: str = HANH.number, ring_s: int = 20) -> str:
    """Have an officer rung; the carrier's id of that call."""
    told = {"To": number, "From": THE_LINE, "Url": f"{HERE}/asks", "StatusCallback": f"{HERE}/status"}
    placed = asks(carrier, "Calls.json", **told, Timeout=str(ring_s))
    carrier.connect()
    return str(placed.json["sid"])


def holds(carrier: StandInCarrier) -> PhoneCall:
    call = carrier.dial(MAY.number, THE_LINE)
    assert call.awaits == "hold"
    return call


def in_a_talk(carrier: StandInCarrier) -> tuple[PhoneCall, str]:
    call = holds(carrier)
    officer = rings(carrier)
    assert call.awaits == "officer"
    call.officer(Behaviour.ANSWERS)
    call.wait()
    call.wait()
    assert call.awaits == "conversation"
    return call, officer


def test_a_pause_before_the_next_question_is_a_hold_and_takes_its_time(
    carrier: StandInCarrier, application: Application
) -> None:
    call = holds(carrier)
    call.wait()
    assert call.awaits == "hold"
    assert call.leg.elapsed == 2
    assert len(application.forms("/look")) == 1


def test_the_officer_hangs_up_and_both_go_on(carrier: StandInCarrier, application: Application) -> None:
    call, officer = in_a_talk(carrier)
    assert carrier.phones[HANH.number].bridged == 1
    call.wait()
    assert [said.text for said in call.heard if said.to == "caller"][-1] == "Goodbye."
    assert application.forms("/over")[0]["DialCallStatus"] == "answered"
    assert application.forms("/spoken")[0]["CallStatus"] == "completed"
    assert carrier.phones[HANH.number].whispers[-1] == "Yours.", "who hangs up hears nothing more"
    assert carrier.legs[officer].status == "completed"
    assert application.forms("/status")[-1]["CallStatus"] == "completed"


def test_the_caller_hangs_up_and_the_officer_hears_it(carrier: StandInCarrier, application: Application) -> None:
    call, officer = in_a_talk(carrier)
    call.hang_up()
    assert call.ended
    assert application.forms("/over")[0]["CallStatus"] == "completed"
    assert carrier.phones[HANH.number].whispers[-1] == "It is over."
    assert carrier.legs[officer].ended_at is not None


def test_who_has_a_habit_talks_for_so_long(carrier: StandInCarrier) -> None:
    carrier.phones[HANH.number].answers_and_presses("1", talk_seconds=90)
    call = holds(carrier)
    rings(carrier)
    call.wait()
    call.wait()
    assert call.ended
    assert call.leg.elapsed >= 90
    assert carrier.phones[HANH.number].bridged == 1


def test_the_third_finds_no_place(carrier: StandInCarrier, application: Application) -> None:
    in_a_talk(carrier)
    carrier.phones[QUAN.number] = OfficerPhone().answers_and_presses("1")
    rings(carrier, QUAN.number)
    assert application.forms("/spoken")[0]["DialCallStatus"] == "failed"
    assert carrier.phones[QUAN.number].bridged == 0


def test_a_live_call_is_redirected_out_of_whatever_it_does(carrier: StandInCarrier, application: Application) -> None:
    call = holds(carrier)
    assert asks(carrier, f"Calls/{call.id}.json", Url=f"{HERE}/elsewhere").status_code == 200
    assert not application.forms("/elsewhere"), "it takes a moment"
    carrier.connect()
    assert call.heard[-1].text == "Elsewhere."
    assert call.ended
    assert asks(carrier, f"Calls/{call.id}.json", Url=f"{HERE}/elsewhere").json["code"] == 21220
    assert asks(carrier, "Calls/CAnone.json", Status="completed").status_code == 404


def test_an_officer_who_is_redirected_leaves_the_room(carrier: StandInCarrier) -> None:
    call, officer = in_a_talk(carrier)
    asks(carrier, f"Calls/{officer}.json", Url=f"{HERE}/elsewhere")
    carrier.connect()
    assert carrier.phones[HANH.number].whispers[-1] == "Elsewhere."
    assert call.ended, "the talk is over for the caller, too"


@pytest.mark.parametrize("answered", [False, True])
def test_a_call_to_an_officer_is_ended_whether_it_rings_or_talks(
    carrier: StandInCarrier, application: Application, answered: bool
) -> None:
    officer = in_a_talk(carrier)[1] if answered else rings(carrier)
    asks(carrier, f"Calls/{officer}.json", Status="completed")
    carrier.connect()
    assert carrier.legs[officer].status == ("completed" if answered else "canceled")
    assert application.forms("/status")[-1]["CallStatus"] == carrier.legs[officer].status


def test_a_telephone_that_nobody_answers_falls_silent(carrier: StandInCarrier, application: Application) -> None:
    officer = rings(carrier, ring_s=0)
    assert not carrier.rings_by_hand()
    assert carrier.legs[officer].status == "no-answer"
    assert carrier.officer_does(Behaviour.ANSWERS) == []


def test_the_line_is_recorded_beside_all_else_and_announced_at_the_end() -> None:
    start = (
        '<Start><Recording recordingStatusCallback="/tape" recordingStatusCallbackEvent="completed absent"/></Start>'
    )
    menu = '<Gather numDigits="1" action="/menu"><Say>Fourteen characters, one second.</Say></Gather>'
    application = Application({"/voice/incoming": start * 2 + menu, "/menu": "<Say>Thank you, and goodbye.</Say>"})
    call = carrier_of(application).dial(MAY.number, THE_LINE)
    assert any("recorded already" in warning for warning in call.warnings)
    call.press("1")
    [tape] = application.forms("/tape")
    assert (tape["CallSid"], tape["RecordingStatus"], tape["RecordingDuration"]) == (call.id, "completed", "3")


def test_a_room_may_be_opened_anew_by_who_comes_too_late() -> None:
    rooms = Rooms()
    assert rooms.enter("r00m", "officer", starts=True, ends=True, most=2)
    rooms.leave("r00m", "officer")
    assert rooms.enter("r00m", "caller", starts=True, ends=True, most=2)
    assert not rooms.is_over("caller"), "alone, as at the real carrier: nobody ends it"


def test_a_call_from_the_terminal_meets_the_officer_who_is_rung_by_the_servers_own_carrier() -> None:
    """`hotline call` executes its call in another process; the officers ring where the application asks."""
    application = Application(
        {
            "/voice/incoming": HOLD,
            "/look": ROOM.format(action="/over"),
            "/over": "<Say>Goodbye.</Say>",
            "/asks": ASKS,
            "/key": "<Say>Yours.</Say>" + ROOM.format(action="/spoken"),
            "/spoken": "<Say>It is over.</Say><Hangup/>",
        }
    )
    near = carrier_of(application)
    near.phones[HANH.number] = OfficerPhone().by_hand()
    application.flask.register_blueprint(rest_blueprint(near))
    officer = rings(near)
    with served(application) as address:
        far = distant_carrier(ACCOUNT, TOKEN, address, system_clock, api_url=address)
        printed = io.StringIO()
        assert run(far, MAY.number, THE_LINE, io.StringIO("/dial answer\n\n"), printed) == 0
    assert "officer hears Press 1." in printed.getvalue()
    assert "Goodbye." in printed.getvalue()
    assert near.phones[HANH.number].bridged == 1
    assert near.legs[officer].status == "completed"
