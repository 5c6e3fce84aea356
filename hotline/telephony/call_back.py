"""Ringing a caller back, as the carrier sees it: the officer's leg first, then with a key the caller's.

The caller's number is in one answer only, which is made for one request and kept nowhere. The one-time key that opens
it is in the address of the officer's leg; whoever has only the address or only the database has nothing."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from flask import Response
from sqlalchemy import Connection
from twilio.twiml.voice_response import Dial, VoiceResponse

from hotline.casework import call_back_leg
from hotline.casework.call_back import OfficerLeg
from hotline.casework.call_back_leg import Said
from hotline.casework.page_words import TAGS
from hotline.clock import Clock
from hotline.errors import place_of
from hotline.settings import Settings
from hotline.telephony import twiml
from hotline.telephony.forms import StatusForm, StepForm
from hotline.telephony.gate import CarrierBlueprint
from hotline.telephony.profiles import Profile
from ivr_flows.turn import Speak
from storage.database import Store, StoreBusy

if TYPE_CHECKING:
    from hotline.telephony.carrier import CarrierClient

OFFICER_RINGS_S = 30  # short of most mailboxes
CALLER_RINGS_S = 45  # an old hand, and the telephone lies in the kitchen
_log = logging.getLogger(__name__)


class PlacesCalls(Protocol):
    """What ringing an officer needs of a carrier."""

    def create_call(self, to: str, from_: str, url: str, status_url: str, ring_s: int, /) -> str: ...


@dataclass(frozen=True)
class CallBackDialler:
    """Rings the officer by the carrier of the settings, or by the one given."""

    settings: Settings
    given: PlacesCalls | None = field(default=None, repr=False)

    def ring(self, leg: OfficerLeg) -> str:
        """Have the officer's telephone ring; return the carrier's id. Raises CarrierError."""
        here = _address(self.settings.hotline_public_url, leg.key)
        asks_at = f"{here}/{leg.one_time_key}"
        return self._carrier.create_call(leg.to, leg.from_, asks_at, f"{here}/status", OFFICER_RINGS_S)

    @cached_property
    def _carrier(self) -> PlacesCalls:
        return self.given or _client(self.settings)


def _client(settings: Settings) -> "CarrierClient":
    # Not before somebody is rung back: a web process that answers calls only does not need its 6 MB.
    from hotline.telephony.carrier import CarrierClient

    token = settings.twilio_auth_token.get_secret_value()
    return CarrierClient(settings.twilio_api_url, settings.twilio_account_sid, token)


@dataclass(frozen=True)
class CallBacks:
    """What these routes work with."""

    store: Store
    clock: Clock
    base_url: str
    profile: Profile

    def said(self, key: str, one_time_key: str, work: Callable[[Connection], Said | None]) -> Response:
        """Do what `work` tells; where it could not be stored nobody is dialled. A foreign leg is hung up."""
        try:
            told = self.store.commit(work)
        except StoreBusy:
            told = self._trouble(key)
        except Exception as error:
            _log.error("a call back could not go on: %s", place_of(error))
            told = None
        return Response(self._document(key, one_time_key, told), mimetype="text/xml")

    def _trouble(self, key: str) -> Said | None:
        try:
            with self.store.read() as connection:
                return call_back_leg.trouble(connection, key)
        except StoreBusy:
            return None

    def _document(self, key: str, one_time_key: str, told: Said | None) -> str:
        if told is None:
            return twiml.hang_up()
        speak = Speak(prompt="call-back", language=told.language, tag=TAGS[told.language], text=told.words)
        here = _address(self.base_url, key)
        if told.caller is not None:
            return self._dial(speak, told.caller, told.line, f"{here}/result")
        if told.asks:
            return twiml.ask(speak, f"{here}/{one_time_key}/answer", self.base_url, self.profile)
        return twiml.goodbye([speak], self.base_url, self.profile)

    def _dial(self, speak: Speak, caller: str, line: str, result_url: str) -> str:
        """Ring the caller, who sees the line's number. Nothing is said on picking up: who knows who picks up."""
        response = VoiceResponse()
        response.say(speak.text, language=speak.tag, voice=self.profile.voices.get(speak.tag))
        dial = Dial(action=result_url, method="POST", timeout=CALLER_RINGS_S, caller_id=line)
        dial.number(caller)
        response.append(dial)
        return str(response)


def add_call_backs(routes: CarrierBlueprint, edge: CallBacks) -> None:
    """The routes that the carrier calls while an officer rings somebody back."""

    @routes.webhook("/voice/call-back/<key>/<one_time_key>", StepForm)
    def call_back_question(form: StepForm, key: str, one_time_key: str) -> Response:
        now = edge.clock()
        return edge.said(
            key, one_time_key, lambda connection: call_back_leg.question(connection, key, form.call_id, now)
        )

    @routes.webhook("/voice/call-back/<key>/<one_time_key>/answer", StepForm)
    def call_back_answer(form: StepForm, key: str, one_time_key: str) -> Response:
        now = edge.clock()
        return edge.said(
            key,
            one_time_key,
            lambda connection: call_back_leg.press(connection, key, one_time_key, form.call_id, form.keys, now),
        )

    @routes.webhook("/voice/call-back/<key>/result", StepForm)
    def call_back_result(form: StepForm, key: str) -> Response:
        now, status = edge.clock(), form.dial_status or "unknown"

        def work(connection: Connection) -> Said | None:
            return call_back_leg.callers_leg_over(
                connection, key, form.call_id, status, form.dial_bridged, form.dial_duration, now
            )

        return edge.said(key, "", work)

    @routes.webhook("/voice/call-back/<key>/status", StatusForm)
    def call_back_status(form: StatusForm, key: str) -> Response:
        def work(connection: Connection) -> None:
            call_back_leg.officers_leg_over(connection, key, form.call_id, form.status, edge.clock())

        try:
            edge.store.commit(work)
        except StoreBusy:
            return Response(status=503)
        except Exception as error:
            _log.error("the end of a call back could not be noted: %s", place_of(error))
            return Response(status=503)
        return Response(status=204)


def _address(base_url: str, key: str) -> str:
    return f"{base_url}/voice/call-back/{key}"
