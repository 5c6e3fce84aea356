"""/follow-ups: what nobody has taken yet, and who was reached how."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from hotline.casework.policies import frozen_policy
from storage.database import Store
from storage.tables import follow_ups, pages
from tests import cast
from tests.hotline import station
from tests.hotline.console.conftest import Visitor
from tests.hotline.station import NOW, Station

SignIn = Callable[[cast.Officer], Visitor]


def climbs(store: Store, of: Station, reference: str, urgency: str = "high", **facts: Any) -> int:
    """A report with its follow-up, its first step just taken."""
    with store.write() as connection:
        place_id = station.place(connection, of, f"{int(reference[-2:])}".zfill(2), f"Làng {reference[-1]}")
        report_id = station.report(connection, of, reference, None, urgency=urgency, place_id=place_id)
        row = {
            "report_id": report_id,
            "unit_id": of.unit_id,
            "policy": frozen_policy({}, urgency),
            "next_at": NOW + timedelta(minutes=15),
            "step_no": 0 if urgency == "low" else 1,
            **facts,
        }
        return int(connection.execute(insert(follow_ups).values(row).returning(follow_ups.c.id)).scalar_one())


def paged(store: Store, follow_up_id: int, officer_id: int | None, channel: str, state: str, **facts: Any) -> None:
    row = {
        "dedupe_key": f"{follow_up_id}/{officer_id}/{channel}",
        "key": f"key-{follow_up_id}-{officer_id}-{channel}",
        "follow_up_id": follow_up_id,
        "loop": 0,
        "step_no": 0,
        "officer_id": officer_id,
        "group_name": None if officer_id else "duty",
        "channel": channel,
        "state": state,
        "priority": -3,
        "planned_at": NOW,
        "not_before": NOW,
        "expires_at": NOW,
        "changed_at": NOW,
        **facts,
    }
    with store.write() as connection:
        connection.execute(insert(pages).values(row))


def test_a_climbing_report_shows_the_next_step_and_who_was_reached_how(
    store: Store, commune: Station, signed_in: SignIn
) -> None:
    climber = climbs(store, commune, "R-2026-0001")
    hanh, quan = commune.officers["hanh"], commune.officers["quan"]
    paged(store, climber, hanh, "voice", "failed", last_error="no-answer", fired_at=NOW)
    paged(store, climber, hanh, "text", "delivered")
    paged(store, climber, quan, "voice", "delivered", answer="passed")
    paged(store, climber, None, "mail", "sent")
    page = signed_in(cast.QUAN).opens("/follow-ups")
    assert page.status_code == 200
    for words in ("R-2026-0001", "High", "Làng 1", "step 2 of 2, round 1", "the command", "21:19"):
        assert words in page.text
    for words in ("nobody picked up", "arrived", "passed it on", "by e-mail", "those on duty", "Hạnh"):
        assert words in page.text
    assert "every step has been tried" not in page.text
    for person in (cast.HANH, cast.QUAN):
        assert person.number not in page.text


def test_an_exhausted_one_is_red_and_stands_first(store: Store, commune: Station, signed_in: SignIn) -> None:
    climbs(store, commune, "R-2026-0001", "critical")
    climbs(store, commune, "R-2026-0002", "low", state="exhausted")
    climbs(store, commune, "R-2026-0003", "normal")
    text = signed_in(cast.HANH).opens("/follow-ups").text
    order = [text.index(f'id="R-2026-000{number}"') for number in (2, 1, 3)]
    assert order == sorted(order)
    assert text.count("every step has been tried") == 1


@pytest.mark.parametrize("state", ["acked", "resolved"])
def test_what_is_taken_or_over_is_not_shown(store: Store, commune: Station, signed_in: SignIn, state: str) -> None:
    climbs(store, commune, "R-2026-0001", state=state)
    assert "Every report has been taken" in signed_in(cast.HANH).opens("/follow-ups").text


def test_taking_it_there_ends_it(store: Store, commune: Station, signed_in: SignIn) -> None:
    climbs(store, commune, "R-2026-0001")
    visitor = signed_in(cast.HANH)
    assert visitor.sends("/reports/R-2026-0001/acknowledgement").status_code == 303
    assert "R-2026-0001" not in visitor.opens("/follow-ups").text


def test_the_neighbours_follow_ups_are_not_ours(
    store: Store, commune: Station, neighbour: Station, signed_in: SignIn
) -> None:
    climbs(store, neighbour, "R-2026-0009")
    assert "R-2026-0009" not in signed_in(cast.THAO).opens("/follow-ups").text


@pytest.mark.parametrize(("language", "says"), [("vi", "Theo dõi"), ("ru", "На контроле"), ("en", "Follow-ups")])
def test_in_the_readers_language(store: Store, commune: Station, signed_in: SignIn, language: str, says: str) -> None:
    climbs(store, commune, "R-2026-0001", state="exhausted")
    visitor = signed_in(cast.HANH)
    visitor.sends("/language", language=language)
    text = visitor.opens("/follow-ups").text
    assert f"<h1>{says}</h1>" in text
    if language != "en":
        for english in ("Follow-ups", "Next", "Nobody takes", "I take it", "round"):
            assert f">{english}" not in text


def test_the_latest_step_is_in_sight_and_the_steps_before_are_folded(
    store: Store, commune: Station, signed_in: SignIn
) -> None:
    climber = climbs(store, commune, "R-2026-0001")
    hanh, ly = commune.officers["hanh"], commune.officers["quan"]
    for loop in range(5):
        again = {"dedupe_key": f"again {loop}", "planned_at": NOW + timedelta(minutes=loop)}
        paged(store, climber, hanh if loop < 4 else ly, "voice", "failed", loop=loop, **again)
    page = signed_in(cast.QUAN).opens("/follow-ups").text
    to_take, latest = page.index("I take it"), page.index("Quân</td>")
    before = page.index("Steps before")
    assert to_take < latest < before < page.index("Hạnh</td>"), "what to do, what was last, and then the long tale"
    assert page.count("Hạnh</td>") == 4


def test_a_page_that_gave_way_says_so(store: Store, commune: Station, signed_in: SignIn) -> None:
    climber = climbs(store, commune, "R-2026-0001")
    paged(store, climber, commune.officers["hanh"], "voice", "cancelled", last_error="gave way")
    assert "gave way to an emergency, rings again" in signed_in(cast.QUAN).opens("/follow-ups").text
