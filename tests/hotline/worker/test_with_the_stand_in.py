"""The worker and its real carrier client against the stand-in carrier: what travels between them is HTTP."""

from datetime import timedelta

import httpx
import pytest
from flask import Flask

from hotline.simulator.carrier import StandInCarrier, Webhooks
from hotline.simulator.faults import Faults
from hotline.simulator.leg import Leg
from hotline.simulator.poster import WsgiPoster
from hotline.simulator.rest import rest_blueprint
from hotline.telephony.carrier import CarrierClient
from hotline.worker.jobs import CarrierJobs
from storage.tables import alarms, reports
from tests import cast
from tests.hotline.worker.scene import CARRIER, NOW, SECRET, Scene, wav

_ACCOUNT, _TOKEN = "AC00000000000000000000000000000000", "the token of the stand-in"
_API = "http://carrier.test"


class _Meeting:
    """A stand-in carrier at which a call has ended that left a recording, and a worker that talks to it."""

    def __init__(self, scene: Scene, token: str = _TOKEN) -> None:
        self.scene = scene
        web = Flask(__name__)
        self.carrier = StandInCarrier(
            _ACCOUNT, _TOKEN, Webhooks.at("http://line.test"), WsgiPoster(web), lambda: scene.now, api_url=_API
        )
        web.register_blueprint(rest_blueprint(self.carrier))
        transport = httpx.WSGITransport(app=web, raise_app_exceptions=True)
        client = CarrierClient(_API, _ACCOUNT, token, transport=transport)
        self.worker = CarrierJobs(scene.store, scene.vault, client, CARRIER, SECRET, lambda: scene.now)
        started = NOW - timedelta(minutes=20)
        leg = Leg("CA1", _ACCOUNT, cast.MAY.number, cast.THE_LINE, "inbound", started, status="completed")
        leg.ended_at = NOW - timedelta(minutes=18)
        self.carrier.keep_leg(leg)
        self.recording_id, _ = self.carrier.keep_recording(leg, wav(5), 5)

    def works(self, beats: int = 1) -> str:
        """So many beats, two minutes apart; the recording's state afterwards."""
        for _ in range(beats):
            self.worker.fetch(self.scene.now)
            self.worker.send(self.scene.now)
            self.scene.later(minutes=2)
        return str(self.scene.recording(self.recording_id)["status"])


@pytest.fixture
def meeting(scene: Scene) -> _Meeting:
    return _Meeting(scene)


def test_a_call_of_which_no_webhook_ever_came_is_whole_after_one_reconciliation(meeting: _Meeting) -> None:
    scene = meeting.scene
    meeting.worker.reconcile(scene.now)
    assert meeting.works() == "kept"
    call = scene.call("CA1")
    assert call is not None
    assert (call["suspect"], call["outcome"]) == ("reconciled", "recorded")
    assert scene.number_of(call["id"]) == ("identity", cast.MAY.number)
    assert scene.plain(meeting.recording_id) == wav(5)
    assert scene.count(reports) == 1
    assert meeting.carrier.recordings == {}


@pytest.mark.parametrize(
    ("faults", "beats", "status", "suspect"),
    [
        (Faults(not_found=5), 6, "kept", None),
        (Faults(too_many_requests=1, retry_after_s=30), 2, "kept", None),
        (Faults(unavailable=3), 4, "kept", None),
        (Faults(dropped=2), 3, "kept", None),
        (Faults(truncated=True), 6, "suspect", "truncated"),
        (Faults(wrong_type=True), 6, "suspect", "not audio"),
        (Faults(emptied=True), 6, "suspect", "empty"),
        (Faults(huge_bytes=500_000_000), 1, "suspect", "too large"),
    ],
    ids=lambda value: str(value) if isinstance(value, Faults) else None,
)
def test_a_bad_day_of_the_carrier_loses_nothing(
    meeting: _Meeting, faults: Faults, beats: int, status: str, suspect: str | None
) -> None:
    meeting.scene.has_call("CA1", ended_at=NOW)
    meeting.scene.hears_of(meeting.recording_id, "CA1")
    meeting.carrier.faults = faults
    assert meeting.works(beats) == status
    assert meeting.scene.recording(meeting.recording_id)["suspect"] == suspect
    assert (meeting.recording_id in meeting.carrier.recordings) == (status == "suspect")


def test_a_wrong_token_rings(scene: Scene) -> None:
    meeting = _Meeting(scene, token="a token that was revoked")
    meeting.worker.reconcile(scene.now)
    assert [alarm["what"] for alarm in scene.rows(alarms)] == ["carrier_refuses"]
