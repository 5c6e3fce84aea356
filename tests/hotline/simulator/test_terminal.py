"""The telephone in the terminal, with its keyboard held by a script."""

import io

import pytest

from hotline.simulator import audio
from hotline.simulator.terminal import run
from ivr_flows.scenarios import load_scenarios
from tests.cast import HANH, MAY, THE_LINE
from tests.hotline.simulator.application import Application, carrier_of

MENU = (
    '<Gather numDigits="1" finishOnKey="" action="/menu" actionOnEmptyResult="true">'
    '<Say language="vi-VN">Xin chào bà con</Say></Gather>'
)
RECORD = '<Say language="vi-VN">Xin nói</Say><Record action="/recorded" finishOnKey="#"/>'


@pytest.fixture
def application():
    return Application({"/voice/incoming": MENU, "/menu": RECORD, "/recorded": "<Say>Thank you</Say>"})


def phone(application, *lines, save=None, from_=MAY.number):
    """Type lines; returns (exit code, what was printed)."""
    output = io.StringIO()
    keyboard = io.StringIO("".join(f"{line}\n" for line in lines))
    code = run(carrier_of(application), from_, THE_LINE, keyboard, output, save)
    return code, output.getvalue()


def test_a_whole_call_by_lines(application):
    code, printed = phone(application, "1", "/record 5", "#")
    assert code == 0
    assert [line for line in printed.splitlines() if not line.startswith(">")] == [
        "[vi-VN] Xin chào bà con",
        "[vi-VN] Xin nói",
        "[en-US] Thank you",
        "The call is over: completed, 6 s.",
    ]
    assert application.forms("/recorded")[0]["RecordingDuration"] == "5"


def test_the_end_of_the_input_hangs_up(application):
    code, printed = phone(application, "1", "/record 4")
    assert code == 0
    assert application.forms("/recorded")[0]["Digits"] == "hangup"
    assert "The call is over: completed" in printed


def test_an_empty_line_is_silence(application):
    phone(application, "")
    assert application.forms("/menu")[0]["Digits"] == ""


def test_a_wav_file_may_be_spoken(application, tmp_path):
    (tmp_path / "speech.wav").write_bytes(audio.tone(3))
    phone(application, "1", f"/record {tmp_path / 'speech.wav'}", "#")
    assert application.forms("/recorded")[0]["RecordingDuration"] == "3"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/record 5", "waits for keys"),
        ("hello", "keys 0 to 9"),
        ("/sing", "There is no /sing"),
        ("/dial perhaps", "answer, refuse"),
        ("/help", "/hangup"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_call_goes_on(application, line, says):
    code, printed = phone(application, line, "1", "/record", "/hangup")
    assert code == 0
    assert says in printed
    assert "/record needs a number" in printed
    assert len(application.forms("/menu")) == 1


def test_the_last_webhook_can_be_sent_again(application):
    _, printed = phone(application, "1", "/retry")
    assert "The same answer again." in printed
    assert len(application.forms("/menu")) == 2


@pytest.mark.parametrize(
    ("lines", "bridged"),
    [
        (["/dial answer", ""], "true"),
        (["/dial busy"], "false"),
        ([""], "false"),
        (["5"], "false"),
    ],
)
def test_officers_do_what_is_typed_or_let_it_ring(lines, bridged):
    dial = f'<Dial action="/dialled" sequential="true"><Number>{HANH.number}</Number></Dial>'
    application = Application({"/voice/incoming": dial, "/dialled": MENU, "/menu": "<Hangup/>"})
    phone(application, *lines)
    assert application.forms("/dialled")[0]["DialBridged"] == bridged


def test_a_line_that_does_not_answer_is_exit_code_one():
    code, printed = phone(Application({"/voice/incoming": 500, "/voice/fallback": 500}))
    assert code == 1
    assert "11200" in printed


def test_the_call_is_written_down_as_a_scenario(application, tmp_path):
    file = tmp_path / "repro.yaml"
    phone(application, "", "/record 5", "/record 2", "#", save=file)
    [scenario] = load_scenarios(file)
    assert scenario.steps[0].wait
    assert (scenario.steps[1].record, scenario.steps[1].key) == (7, "#")


def test_a_receipt_code_that_was_keyed_is_not_written_down(tmp_path):
    application = Application({"/voice/incoming": '<Gather numDigits="12" action="/menu"/>', "/menu": MENU})
    phone(application, "123456789012", save=tmp_path / "repro.yaml")
    [scenario] = load_scenarios(tmp_path / "repro.yaml")
    assert scenario.steps[0].press == "000000000000"
    assert scenario.steps[1].hangup
