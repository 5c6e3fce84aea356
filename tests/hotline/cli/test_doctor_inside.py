"""What the doctor finds without asking anybody: clocks that disagree, prompts that would be silence."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from hotline.cli.doctor.clock import BAR, beside_the_carrier, beside_the_database, compared, dated_later
from hotline.cli.doctor.finding import Mark
from hotline.cli.doctor.prompts import heard, told
from hotline.clock import system_clock
from hotline.telephony.carrier import CarrierClient
from ivr_flows.definition import Flow, Prompt
from ivr_flows.loader import load_flow, shipped_flow
from ivr_flows.rules.wording import prompts_used
from storage.database import Store
from storage.tables import calls, steps
from tests.ivr_flows.conftest import SMALL
from tests.storage.rows import a_call, add_line

NOW = datetime(2026, 3, 1, 3, tzinfo=UTC)
DIGEST = "d" * 64


# ---- clocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("apart", "words"),
    [
        (BAR + timedelta(seconds=1), "1 min 1 s ahead of the carrier's"),
        (-timedelta(minutes=7), "7 min 0 s behind the carrier's"),
        (timedelta(hours=7), "7 h ahead of"),
        (-timedelta(days=365), "365 days behind"),
    ],
)
def test_a_clock_more_than_a_minute_off_is_red_and_says_which_way(apart: timedelta, words: str) -> None:
    found = compared("the carrier's", NOW, NOW + apart)
    assert found.mark is Mark.RED
    assert words in found.says
    assert "timedatectl" in found.says


@pytest.mark.parametrize("apart", [timedelta(0), BAR, -BAR])
def test_a_minute_is_near_enough(apart: timedelta) -> None:
    assert compared("the carrier's", NOW, NOW + apart).mark is Mark.GREEN


def test_a_carrier_that_does_not_answer_leaves_the_clock_to_be_looked_at() -> None:
    client = CarrierClient("http://127.0.0.1:1", "AC1", "token")
    assert beside_the_carrier(client, system_clock).mark is Mark.LOOK
    client.close()


def test_the_database_servers_clock_is_asked_where_there_is_one(store: Store) -> None:
    with store.read() as connection:
        near = list(beside_the_database(connection, store.dialect, system_clock))
        off = list(beside_the_database(connection, store.dialect, lambda: system_clock() + timedelta(minutes=5)))
    marks = [[found.mark for found in several] for several in (near, off)]
    assert marks == ([[], []] if store.dialect == "sqlite" else [[Mark.GREEN], [Mark.RED]])


def test_what_is_dated_later_than_now_is_red(store: Store) -> None:
    add_line(store)
    with store.write() as connection:
        connection.execute(insert(calls).values(a_call("now", id=1, started_at=NOW + BAR)))
        assert dated_later(connection, NOW).mark is Mark.GREEN
        step = {"call_id": 1, "visit": 0, "node": "welcome", "language": "vi", "at": NOW + timedelta(hours=1)}
        connection.execute(insert(steps).values(step))
        connection.execute(insert(calls).values(a_call("later", id=2, started_at=NOW + timedelta(hours=1))))
        found = dated_later(connection, NOW)
    assert found.mark is Mark.RED
    assert "1 calls and 1 steps" in found.says


# ---- prompts ---------------------------------------------------------------------------------------------------------


def with_prompt(flow: Flow, language: str, name: str, prompt: Prompt | None) -> Flow:
    """The same flow with one prompt as it is wanted, or without it."""
    named = {key: value for key, value in flow.prompts[language].items() if key != name}
    changed = {**named, name: prompt} if prompt else named
    return flow.model_copy(update={"prompts": {**flow.prompts, language: changed}})


@pytest.mark.parametrize("language", ["vi", "en", "ru"])
def test_every_prompt_of_the_shipped_flow_is_spoken_in_every_language(language: str) -> None:
    flow = shipped_flow()
    found = heard(flow, language, frozenset())
    assert len(found.spoken) == len(prompts_used(flow))
    assert told("prompts", flow, language, found).mark is Mark.GREEN


def test_a_recording_that_is_kept_is_counted_and_one_that_is_not_is_red() -> None:
    flow = with_prompt(shipped_flow(), "vi", "greeting", Prompt(text="Xin chào", audio=f"sha256:{DIGEST}"))
    kept = heard(flow, "vi", frozenset({DIGEST}))
    assert kept.recorded == ("greeting",)
    assert "vi: 1 recorded" in told("prompts", flow, "vi", kept).says
    lost = told("prompts", flow, "vi", heard(flow, "vi", frozenset()))
    assert lost.mark is Mark.RED
    assert "greeting" in lost.says


def test_a_file_that_came_with_the_flow_must_lie_where_it_is_played_from() -> None:
    flow = load_flow(SMALL / "flow.yaml")
    assert len(heard(flow, "tyz", frozenset(), SMALL / "audio").recorded) == 2
    assert len(heard(flow, "tyz", frozenset(), Path("nowhere")).lost) == 2


def test_a_language_without_a_voice_is_heard_in_another_as_far_as_it_is_not_recorded() -> None:
    flow = load_flow(SMALL / "flow.yaml")
    found = heard(flow, "tyz", frozenset(), SMALL / "audio")
    assert len(found.recorded) + len(found.instead) == len(prompts_used(flow))
    assert "heard in Tiếng Việt" in told("prompts", flow, "tyz", found).says


@pytest.mark.parametrize("prompt", [None, Prompt(text=" ")])
def test_a_prompt_without_words_is_red(prompt: Prompt | None) -> None:
    flow = with_prompt(shipped_flow(), "ru", "greeting", prompt)
    found = told("prompts", flow, "ru", heard(flow, "ru", frozenset()))
    assert found.mark is Mark.RED
    assert "no words for greeting" in found.says
    assert "prompts/ru.yaml" in found.says
