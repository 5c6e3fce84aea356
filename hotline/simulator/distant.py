"""A stand-in carrier that calls a hotline in another process, and leaves its recordings where that one looks."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from hotline.clock import Clock
from hotline.simulator.carrier import KeptRecording, StandInCarrier, Webhooks
from hotline.simulator.leg import Leg, Words
from hotline.simulator.officers import Behaviour
from hotline.simulator.poster import HttpPoster

_TIMEOUT_S = 10
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Publisher:
    """Leaves calls and recordings at the stand-in carrier that the hotline fetches from (`rest.py`)."""

    def __init__(self, api_url: str, account_sid: str, auth_token: str) -> None:
        self._client = httpx.Client(
            base_url=api_url, auth=(account_sid, auth_token), timeout=_TIMEOUT_S, trust_env=False
        )

    def call(self, leg: Leg) -> None:
        """Leave a call as it stands now."""
        told = {"From": leg.from_, "To": leg.to, "CallStatus": leg.status}
        ended = {"CallDuration": str(leg.seconds(leg.ended_at))} if leg.ended_at else {}
        self._put(leg, f"/stand-in/calls/{leg.call_id}", data={**told, **ended})

    def recording(self, kept: KeptRecording, leg: Leg) -> None:
        """Leave a recording."""
        path = f"/stand-in/recordings/{kept.recording_id}?CallSid={kept.call_id}"
        self._put(leg, path, content=kept.sound)

    # ---- officers, who are rung there -----------------------------------------------------------------------------

    def entered(self, leg: Leg, room: str) -> None:
        """A call is in a room, in which an officer waits."""
        self._ask("PUT", f"/stand-in/rooms/{room}/{leg.call_id}")

    def left(self, leg: Leg, room: str) -> None:
        """A call has left its room."""
        self._ask("DELETE", f"/stand-in/rooms/{room}/{leg.call_id}")

    def others_leave(self, leg: Leg) -> None:
        """The officer hangs up."""
        self._ask("DELETE", f"/stand-in/calls/{leg.call_id}/others")

    def rings_by_hand(self) -> bool:
        """Whether an officer's telephone rings."""
        return bool(self._ask("GET", "/stand-in/officers").get("rings"))

    def officer_does(self, behaviour: Behaviour) -> list[Words]:
        """Have the officer do it; return what the officer heard."""
        told = self._ask("POST", "/stand-in/officers", data={"does": behaviour.value}).get("words", [])
        return [Words(one["text"], one["language"], None, "officer") for one in told]

    def _ask(self, method: str, path: str, data: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What the other carrier tells; nothing where it is none of ours."""
        try:
            answer = self._client.request(method, path, data=data)
            told = answer.json() if answer.status_code == httpx.codes.OK else {}
        except (httpx.HTTPError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    # ---- how it is left --------------------------------------------------------------------------------------------

    def _put(self, leg: Leg, path: str, data: Mapping[str, str] | None = None, content: bytes | None = None) -> None:
        try:
            status = self._client.put(path, data=data, content=content).status_code
        except httpx.HTTPError:
            status = 0
        if status != httpx.codes.NO_CONTENT and not any("left there" in warning for warning in leg.warnings):
            leg.warnings.append("the carrier's address takes no recordings: what you say cannot be left there")


def distant_carrier(
    account_sid: str,
    auth_token: str,
    public_url: str,
    clock: Clock,
    *,
    api_url: str,
    really_at: str | None = None,
) -> StandInCarrier:
    """A carrier for one telephone in this process. Requests are signed for `public_url`, and sent to `really_at`.

    What is said is left at `api_url` only where that is this machine or the hotline itself: a real carrier is sent
    neither sound nor numbers."""
    ours = urlsplit(api_url).hostname in (*_LOOPBACK, urlsplit(public_url).hostname)
    via = {public_url.rstrip("/"): really_at.rstrip("/")} if really_at else {}
    return StandInCarrier(
        account_sid,
        auth_token,
        Webhooks.at(public_url),
        HttpPoster(via),
        clock,
        api_url=api_url,
        publisher=Publisher(api_url, account_sid, auth_token) if ours else None,
    )
