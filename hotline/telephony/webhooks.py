"""What the carrier calls: each route reads its form, has casework do the work, and answers once it is on disk."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flask import Response
from sqlalchemy import Connection

from hotline.casework.announcements import StatusNews, recording_announced, status_announced
from hotline.casework.answers import answer_text, texting_officer
from hotline.casework.hearing import Input
from hotline.casework.intake import Incoming, Intake, Reply
from hotline.casework.lines import LineBook, LineRow
from hotline.casework.live_calls import live_call
from hotline.casework.roster import OnDuty
from hotline.casework.texts import IncomingText, take_down
from hotline.casework.whispers import Whispers
from hotline.clock import Clock
from hotline.errors import place_of
from hotline.phone import caller_number
from hotline.settings import Settings
from hotline.telephony import twiml
from hotline.telephony.call_back import CallBacks, add_call_backs
from hotline.telephony.fallback import fallback, fallback_thanks
from hotline.telephony.follow_up_calls import FollowUpCalls, add_follow_up_calls
from hotline.telephony.forms import (
    ConferenceRecordingForm,
    FallbackForm,
    IncomingForm,
    MessageForm,
    RecordingForm,
    StatusForm,
    StepForm,
)
from hotline.telephony.gate import CarrierBlueprint
from hotline.telephony.officer_legs import OfficerLegs, add_officer_legs
from hotline.telephony.profiles import Profile, profile_of
from hotline.telephony.signature import Verifier
from ivr_flows.turn import Speak, Turn
from storage.database import Store, StoreBusy
from storage.sealing import ApplicationSecret

_log = logging.getLogger(__name__)
_LONGEST_INPUT = 64  # keys kept of one entry; nobody means more, and the call goes on with a "no such option"


@dataclass(frozen=True)
class TwimlRenderer:
    """Writes turns for one carrier; remembers which texts of a flow are the same for everyone."""

    base_url: str
    profile: Profile
    lines: LineBook
    _fixed: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    def __call__(self, turn: Turn, call_key: str, visit: int, line: LineRow, officers: Sequence[OnDuty]) -> str:
        address = twiml.Address(self.base_url, call_key, visit)
        numbers = [officer.number for officer in officers]
        fixed = self._fixed_of(line)
        return twiml.render(turn, address, self.profile, numbers, caller_id=line.number, fixed=fixed)

    def _fixed_of(self, line: LineRow) -> frozenset[str]:
        which = (line.flow_hash, line.unit_name)
        if which not in self._fixed:
            self._fixed[which] = twiml.fixed_texts(self.lines.flow(line.flow_hash), line.unit_name)
        return self._fixed[which]


@dataclass(frozen=True)
class Door:
    """What the routes work with."""

    store: Store
    secret: ApplicationSecret
    lines: LineBook
    intake: Intake
    whispers: Whispers
    clock: Clock
    carrier: str
    base_url: str
    profile: Profile

    def spoken(self, work: Callable[[], Reply]) -> Response:
        """The answer to a voice route: the document, a goodbye, or the fallback where the store did not commit.

        Whatever else breaks, nobody on the telephone meets silence."""
        try:
            reply = work()
        except StoreBusy:
            _log.error("a step could not be stored in time; the caller hears the fallback")
        except Exception as error:
            _log.error("a step failed: %s; the caller hears the fallback", place_of(error))
        else:
            return _xml(reply.document if reply.document is not None else self._goodbye())
        return _xml(fallback(self.base_url, self.profile))

    def stored(self, work: Callable[[Connection], None]) -> Response:
        """The answer to a callback: empty once it is stored, 503 where it could not be (reconciliation repairs)."""
        try:
            self.store.commit(work)
        except StoreBusy:
            return Response(status=503)
        except Exception as error:
            _log.error("a callback failed: %s", place_of(error))
            return Response(status=503)
        return Response(status=204)

    def _goodbye(self) -> str:
        return twiml.goodbye([_GOODBYE], self.base_url, self.profile)


_GOODBYE = Speak(prompt="goodbye", language="vi", tag="vi-VN", text="Xin cảm ơn, chào bà con.")
_WHISPER = Speak(
    prompt="whisper", language="vi", tag="vi-VN", text="Đường dây nóng: có người đang chờ. Bấm phím 1 để nhận cuộc gọi."
)


def carrier_routes(settings: Settings, store: Store, secret: ApplicationSecret, clock: Clock) -> CarrierBlueprint:
    """All routes that a carrier calls, behind one gate."""
    lines = LineBook(store)
    profile, base_url = profile_of(settings.hotline_carrier), settings.hotline_public_url
    intake = Intake(store, secret, lines, TwimlRenderer(base_url, profile, lines), profile.rings_together)
    whispers = Whispers(store, secret, lines)
    door = Door(store, secret, lines, intake, whispers, clock, settings.hotline_carrier, base_url, profile)
    verifier = Verifier(settings.auth_tokens, base_url)
    routes = CarrierBlueprint("carrier", __name__, verifier, settings.twilio_account_sid)
    _add_voice(routes, door)
    _add_whispers(routes, door)
    _add_callbacks(routes, door)
    _add_texts(routes, door)
    add_follow_up_calls(routes, FollowUpCalls(store, clock, base_url, profile))
    add_call_backs(routes, CallBacks(store, clock, base_url, profile))
    add_officer_legs(routes, OfficerLegs(store, clock, base_url, profile))
    return routes


def _add_voice(routes: CarrierBlueprint, door: Door) -> None:
    @routes.webhook("/voice/incoming", IncomingForm)
    def incoming(form: IncomingForm) -> Response:
        call = Incoming(door.carrier, form.call_id, form.from_, form.to)
        return door.spoken(lambda: door.intake.answer(call, door.clock()))

    @routes.webhook("/voice/<call_key>/<int:visit>", StepForm)
    def step(form: StepForm, call_key: str, visit: int) -> Response:
        call = Incoming(door.carrier, form.call_id, form.from_, form.to)
        return door.spoken(lambda: door.intake.resume(call_key, visit, _input(form), call, door.clock()))

    @routes.webhook("/voice/fallback", FallbackForm)
    def fall_back(form: FallbackForm) -> Response:
        """Touches no database: it must work when nothing else does."""
        spoken = fallback_thanks(door.profile) if form.recorded else fallback(door.base_url, door.profile)
        return _xml(spoken)


def _add_whispers(routes: CarrierBlueprint, door: Door) -> None:
    @routes.webhook("/voice/<call_key>/<int:visit>/whisper", StepForm)
    def whisper(_: StepForm, call_key: str, visit: int) -> Response:
        try:
            words = door.whispers.whisper(call_key, door.clock())
        except StoreBusy:
            words = _WHISPER  # somebody waits, whoever it is
        if words is None:
            return _xml(twiml.hang_up())
        return _xml(twiml.whisper(words, twiml.Address(door.base_url, call_key, visit), door.profile))

    @routes.webhook("/voice/<call_key>/<int:visit>/screen", StepForm)
    def screen(form: StepForm, call_key: str, visit: int) -> Response:  # noqa: ARG001 - the address has it
        try:
            joins = form.keys == "1" and door.whispers.officer_joins(call_key, form.to, door.clock())
        except StoreBusy:
            joins = form.keys == "1"  # the moment is lost, the help is not
        return _xml(twiml.join() if joins else twiml.hang_up())


def _add_callbacks(routes: CarrierBlueprint, door: Door) -> None:
    @routes.webhook("/voice/status", StatusForm)
    def status(form: StatusForm) -> Response:
        if form.parent_call_id is not None or form.direction.startswith("outbound"):
            return Response(status=204)  # an officer's leg, not a caller's
        news = StatusNews(door.carrier, form.call_id, form.status, form.from_, form.to, form.duration, form.sequence)
        return door.stored(lambda connection: status_announced(connection, door.lines, news, door.secret, door.clock()))

    @routes.webhook("/voice/recording", RecordingForm)
    def recording(form: RecordingForm) -> Response:
        return door.stored(
            lambda connection: recording_announced(
                connection, door.carrier, form.call_id, form.recording_id, form.status, form.duration, door.clock()
            )
        )

    @routes.webhook("/voice/recording/call", RecordingForm)
    def recording_of_call(form: RecordingForm) -> Response:
        return door.stored(lambda connection: _of_call(connection, door, form.call_id, form))

    @routes.webhook("/voice/<call_key>/recording", ConferenceRecordingForm)
    def recording_of_room(form: ConferenceRecordingForm, call_key: str) -> Response:
        """A room has no call id; the address says whose it is."""

        def work(connection: Connection) -> None:
            call = live_call(connection, call_key)
            if call is not None:
                _of_call(connection, door, call.carrier_call_id, form)

        return door.stored(work)


def _of_call(
    connection: Connection, door: Door, carrier_call_id: str, form: RecordingForm | ConferenceRecordingForm
) -> None:
    recording_announced(
        connection,
        door.carrier,
        carrier_call_id,
        form.recording_id,
        form.status,
        form.duration,
        door.clock(),
        of_call=True,
    )


def _add_texts(routes: CarrierBlueprint, door: Door) -> None:
    @routes.webhook("/sms/incoming", MessageForm)
    def text(form: MessageForm) -> Response:
        now = door.clock()
        message = IncomingText(door.carrier, form.message_id, form.from_, form.body)
        told: list[str | None] = [None]

        def work(connection: Connection) -> None:
            line, _ = door.lines.dialled(form.to, now)
            if line is None:
                raise StoreBusy("there is no line yet")
            sender = _officer(connection, door, line, form.from_)
            if sender is None:
                take_down(connection, line, message, now)
            else:
                answered = answer_text(connection, *sender, form.body, form.message_id, now)
                told[0] = answered.words if answered else None

        answer = door.stored(work)
        return _xml(twiml.text_back(told[0])) if answer.status_code == 204 else answer


def _officer(connection: Connection, door: Door, line: LineRow, from_: str) -> tuple[int, int] | None:
    """Whose text this is, where it is an officer's: the unit and the account."""
    number = caller_number(from_, line.region)
    return texting_officer(connection, line, number, door.secret) if number is not None else None


def _input(form: StepForm) -> Input:
    connected = form.dial_status in ("completed", "answered") and form.dial_bridged is not False
    return Input(
        digits=form.keys[:_LONGEST_INPUT],
        finished=form.finished,
        recording_id=form.recording_id or "",
        recording_seconds=form.recording_duration,
        dial_answered=connected,
        hung_up=form.hung_up,
    )


def _xml(document: str) -> Response:
    return Response(document, mimetype="text/xml")
