"""The REST calls of a carrier that the hotline makes: calls, recordings and their sound, messages, numbers."""

import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Thread
from time import sleep
from typing import Any

from flask import Blueprint, Request, Response, request, url_for

from hotline.simulator import audio
from hotline.simulator.carrier import KeptMessage, KeptRecording, StandInCarrier
from hotline.simulator.exchange import add_exchange
from hotline.simulator.leg import Leg

_ACCOUNT = "/2010-04-01/Accounts/<account>"
_PIECE = 64 * 1024
_MOST_UPLOADED = 20 * 1024 * 1024


def rest_blueprint(
    carrier: StandInCarrier,
    name: str = "stand_in_carrier",
    *,
    by_itself: bool = False,
    numbers: Callable[[], Sequence[str]] = tuple,
) -> Blueprint:
    """The routes of the carrier's API, behind Basic authentication, in the carrier's shapes.

    `by_itself`: what the application asks for happens at once, and not when somebody says `connect`. `numbers`: those
    that the account has, all with the carrier's webhooks."""
    routes = Blueprint(name, __name__)
    routes.before_request(lambda: _refusal(carrier, request))
    _calls(routes, carrier)
    _recordings(routes, carrier)
    _messages(routes, carrier)
    _numbers(routes, carrier, numbers)
    _uploads(routes, carrier)
    _orders(routes, carrier, by_itself)
    add_exchange(routes, carrier)
    return routes


def _refusal(carrier: StandInCarrier, asked: Request) -> Response | None:
    login = asked.authorization
    given = f"{login.username}:{login.password}" if login and login.type == "basic" else ""
    right = f"{carrier.account_sid}:{carrier.auth_token}"
    wrong_account = (asked.view_args or {}).get("account", carrier.account_sid) != carrier.account_sid
    if wrong_account or not hmac.compare_digest(given.encode(), right.encode()):
        return _error(401, 20003, "Authenticate")
    return None


# ---- calls -----------------------------------------------------------------------------------------------------------


def _calls(routes: Blueprint, carrier: StandInCarrier) -> None:
    @routes.get(f"{_ACCOUNT}/Calls.json", endpoint="calls")
    def calls(account: str) -> Response:  # noqa: ARG001
        found = [leg for leg in _newest_first(carrier.legs) if _wanted(leg, request.args)]
        return _page("calls", found, lambda leg: _call_json(carrier, leg))

    @routes.get(f"{_ACCOUNT}/Calls/<call_id>.json")
    def call(account: str, call_id: str) -> Response:  # noqa: ARG001
        leg = carrier.legs.get(call_id)
        return _json(_call_json(carrier, leg)) if leg else _not_found()

    @routes.delete(f"{_ACCOUNT}/Calls/<call_id>.json")
    def delete_call(account: str, call_id: str) -> Response:  # noqa: ARG001
        return _deleted(carrier.legs, call_id)


def _wanted(leg: Leg, asked: Mapping[str, str]) -> bool:
    return (
        asked.get("To", leg.to) == leg.to
        and asked.get("Status", leg.status) == leg.status
        and _between(leg.started_at, asked, "StartTime")
    )


def _call_json(carrier: StandInCarrier, leg: Leg) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{leg.account_id}/Calls/{leg.call_id}"
    told = {
        "sid": leg.call_id,
        "account_sid": leg.account_id,
        "parent_call_sid": leg.parent_call_id or None,
        "from": leg.from_,
        "from_formatted": leg.from_,
        "to": leg.to,
        "to_formatted": leg.to,
        "status": leg.status,
        "direction": leg.direction,
        "start_time": format_datetime(leg.started_at),
        "end_time": format_datetime(leg.ended_at) if leg.ended_at else None,
        "duration": str(leg.seconds(leg.ended_at)) if leg.ended_at else None,
        "date_created": format_datetime(leg.started_at),
        "date_updated": format_datetime(leg.ended_at or carrier.clock()),
        "api_version": "2010-04-01",
        "uri": f"{uri}.json",
        "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
    }
    blank = ("annotation", "answered_by", "caller_name", "forwarded_from", "group_sid", "phone_number_sid", "price")
    return {**told, **dict.fromkeys(blank), "price_unit": "USD", "queue_time": "0", "trunk_sid": ""}


# ---- recordings ------------------------------------------------------------------------------------------------------


def _recordings(routes: Blueprint, carrier: StandInCarrier) -> None:
    @routes.get(f"{_ACCOUNT}/Recordings.json", endpoint="recordings")
    def recordings(account: str) -> Response:  # noqa: ARG001
        found = [
            kept
            for kept in _newest_first(carrier.recordings)
            if request.args.get("CallSid", kept.call_id) == kept.call_id
            and _between(kept.created_at, request.args, "DateCreated")
        ]
        return _page("recordings", found, lambda kept: _recording_json(carrier, kept))

    @routes.get(f"{_ACCOUNT}/Recordings/<recording_id>.json")
    def recording(account: str, recording_id: str) -> Response:  # noqa: ARG001
        kept = carrier.recordings.get(recording_id)
        return _json(_recording_json(carrier, kept)) if kept else _not_found()

    @routes.get(f"{_ACCOUNT}/Recordings/<recording_id>.wav")
    @routes.get(f"{_ACCOUNT}/Recordings/<recording_id>")
    def sound(account: str, recording_id: str) -> Response:  # noqa: ARG001
        kept = carrier.recordings.get(recording_id)
        return _sound(carrier, kept) if kept else _not_found()

    @routes.delete(f"{_ACCOUNT}/Recordings/<recording_id>.json")
    def delete_recording(account: str, recording_id: str) -> Response:  # noqa: ARG001
        return _deleted(carrier.recordings, recording_id)


def _recording_json(carrier: StandInCarrier, kept: KeptRecording) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{carrier.account_sid}/Recordings/{kept.recording_id}"
    return {
        "sid": kept.recording_id,
        "account_sid": carrier.account_sid,
        "call_sid": kept.call_id,
        "conference_sid": None,
        "status": "completed" if kept.seconds else "absent",
        "duration": str(kept.seconds),
        "channels": 1,
        "source": kept.source,
        "start_time": format_datetime(kept.created_at),
        "date_created": format_datetime(kept.created_at),
        "date_updated": format_datetime(kept.created_at),
        "api_version": "2010-04-01",
        "price": None,
        "price_unit": "USD",
        "error_code": None,
        "encryption_details": None,
        "uri": f"{uri}.json",
        "media_url": carrier.api_url + uri,
        "subresource_uris": {},
    }


def _sound(carrier: StandInCarrier, kept: KeptRecording) -> Response:
    faults = carrier.faults
    if carrier.strikes("not_found"):
        return _not_found()
    if carrier.strikes("too_many_requests"):
        refused = _error(429, 20429, "Too Many Requests")
        refused.headers["Retry-After"] = str(faults.retry_after_s)
        return refused
    if carrier.strikes("unavailable"):
        return _error(503, 20503, "Service unavailable")
    if carrier.strikes("dropped"):
        return _dropped(kept.sound)
    if faults.huge_bytes:
        return _huge(faults.huge_bytes)
    if faults.wrong_type:
        return Response(b"<html><body>Please sign in</body></html>", content_type="text/html")
    sound = b"" if faults.emptied else kept.sound[: len(kept.sound) // 2] if faults.truncated else kept.sound
    return Response(sound, content_type="audio/x-wav")


def _dropped(sound: bytes) -> Response:
    """Promises everything, sends half, and breaks off."""
    return Response(iter([sound[: len(sound) // 2]]), content_type="audio/x-wav", headers=_length(len(sound)))


def _huge(size: int) -> Response:
    """A recording that is made while it is sent."""

    def pieces() -> Iterator[bytes]:
        head = audio.wav(b"")
        yield head
        for start in range(len(head), size, _PIECE):
            yield bytes(min(_PIECE, size - start))

    return Response(pieces(), content_type="audio/x-wav", headers=_length(size))


def _length(size: int) -> dict[str, str]:
    return {"Content-Length": str(size)}


# ---- messages --------------------------------------------------------------------------------------------------------


def _messages(routes: Blueprint, carrier: StandInCarrier) -> None:
    @routes.get(f"{_ACCOUNT}/Messages.json", endpoint="messages")
    def messages(account: str) -> Response:  # noqa: ARG001
        found = [
            kept
            for kept in _newest_first(carrier.messages)
            if request.args.get("To", kept.to) == kept.to and _between(kept.created_at, request.args, "DateSent")
        ]
        return _page("messages", found, lambda kept: _message_json(carrier, kept))

    @routes.delete(f"{_ACCOUNT}/Messages/<message_id>.json")
    def delete_message(account: str, message_id: str) -> Response:  # noqa: ARG001
        return _deleted(carrier.messages, message_id)


def _message_json(carrier: StandInCarrier, kept: KeptMessage) -> dict[str, Any]:
    return {
        "sid": kept.message_id,
        "account_sid": carrier.account_sid,
        "from": kept.from_,
        "to": kept.to,
        "body": kept.body,
        "status": "received" if kept.direction == "inbound" else "sent",
        "direction": kept.direction,
        "num_media": "0",
        "num_segments": str(len(kept.body) // 70 + 1),
        "date_sent": format_datetime(kept.created_at),
        "date_created": format_datetime(kept.created_at),
        "date_updated": format_datetime(kept.created_at),
        "api_version": "2010-04-01",
        "uri": f"/2010-04-01/Accounts/{carrier.account_sid}/Messages/{kept.message_id}.json",
    }


# ---- numbers ---------------------------------------------------------------------------------------------------------


def _numbers(routes: Blueprint, carrier: StandInCarrier, numbers: Callable[[], Sequence[str]]) -> None:
    @routes.get(f"{_ACCOUNT}/IncomingPhoneNumbers.json", endpoint="numbers")
    def incoming_numbers(account: str) -> Response:  # noqa: ARG001
        asked = _part_of_a_number(request.args.get("PhoneNumber", ""))
        found = [number for number in numbers() if asked.search(number)]
        return _page("incoming_phone_numbers", found, lambda number: _number_json(carrier, number))


def _part_of_a_number(asked: str) -> re.Pattern[str]:
    """A carrier looks for any part of a number; a star is any digit."""
    return re.compile(re.escape(asked).replace(r"\*", "[0-9]"))


def _number_json(carrier: StandInCarrier, number: str) -> dict[str, Any]:
    """A number's identity here is made of its digits."""
    sid, webhooks = f"PN{number.strip('+'):0>32}", carrier.webhooks
    told = {
        "sid": sid,
        "account_sid": carrier.account_sid,
        "phone_number": number,
        "friendly_name": number,
        "origin": "twilio",
        "status": "in-use",
        "beta": False,
        "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
        "address_requirements": "none",
        "emergency_status": "Inactive",
        "voice_receive_mode": "voice",
        "voice_caller_id_lookup": False,
        "voice_url": webhooks.voice_url,
        "voice_method": "POST",
        "voice_fallback_url": webhooks.fallback_url,
        "voice_fallback_method": "POST",
        "status_callback": webhooks.status_url,
        "status_callback_method": "POST",
        "sms_url": webhooks.sms_url,
        "sms_method": "POST",
        "sms_fallback_url": "",
        "sms_fallback_method": "POST",
        "voice_application_sid": "",
        "sms_application_sid": "",
        "api_version": "2010-04-01",
        "uri": f"/2010-04-01/Accounts/{carrier.account_sid}/IncomingPhoneNumbers/{sid}.json",
    }
    blank = ("address_sid", "bundle_sid", "emergency_address_sid", "identity_sid", "trunk_sid")
    return {**told, **dict.fromkeys(blank)}


# ---- what the application asks for -----------------------------------------------------------------------------------


def _orders(routes: Blueprint, carrier: StandInCarrier, by_itself: bool) -> None:
    @routes.post(f"{_ACCOUNT}/Calls.json", endpoint="place_call")
    def place_call(account: str) -> Response:  # noqa: ARG001
        told = request.form

        def place() -> Response:
            ring_s = told.get("Timeout", 60, int)
            leg = carrier.place(told["To"], told["From"], told["Url"], told.get("StatusCallback", ""), ring_s)
            return _json(_call_json(carrier, leg), 201)

        return _ordered(carrier, ("To", "From", "Url"), place, by_itself)

    @routes.post(f"{_ACCOUNT}/Calls/<call_id>.json", endpoint="change_call")
    def change_call(account: str, call_id: str) -> Response:  # noqa: ARG001
        """Redirect a live call to another document, or end it, whether it rings or talks."""
        told = request.form

        def change() -> Response:
            ends = told.get("Status") in ("completed", "canceled")
            changed = carrier.complete(call_id) if ends else carrier.redirect(call_id, told.get("Url", ""))
            leg = carrier.legs.get(call_id)
            if leg is None:
                return _not_found()
            return _json(_call_json(carrier, leg)) if changed else _error(400, 21220, "Call is not in-progress")

        return _ordered(carrier, ("Status",) if "Status" in told else ("Url",), change, by_itself)

    @routes.post(f"{_ACCOUNT}/Messages.json", endpoint="send_message")
    def send_message(account: str) -> Response:  # noqa: ARG001
        told = request.form

        def deliver() -> Response:
            kept = carrier.deliver_text(told["To"], told["From"], told["Body"], told.get("StatusCallback", ""))
            return _json(_message_json(carrier, kept), 201)

        return _ordered(carrier, ("To", "From", "Body"), deliver, by_itself)


def _ordered(
    carrier: StandInCarrier, needed: Sequence[str], order: Callable[[], Response], by_itself: bool
) -> Response:
    if missing := next((name for name in needed if not request.form.get(name)), None):
        return _error(400, 21201, f"{missing} is needed")
    if carrier.strikes("refused"):
        return _error(429, 20429, "Too Many Requests")
    done = order()
    if by_itself:
        ring_s = request.form.get("Timeout", 0, int)
        Thread(target=_connect, args=(carrier, ring_s), name="stand-in-carrier", daemon=True).start()
    return _error(503, 20503, "Service unavailable") if carrier.strikes("unheard") else done


def _connect(carrier: StandInCarrier, ring_s: int) -> None:
    """Do what was asked for; what rings by hand falls silent when its time is up."""
    carrier.connect()
    if ring_s:
        sleep(ring_s)
        carrier.ring_out()


# ---- calls that were dialled elsewhere -------------------------------------------------------------------------------


def _uploads(routes: Blueprint, carrier: StandInCarrier) -> None:
    """`hotline call` executes its call itself; here it leaves what the hotline will ask this carrier for."""

    @routes.put("/stand-in/calls/<call_id>")
    def put_call(call_id: str) -> Response:
        told = request.form
        if not told.get("From") or not told.get("To"):
            return _error(400, 21201, "From and To are needed")
        known = carrier.legs.get(call_id)
        leg = known or Leg(call_id, carrier.account_sid, told["From"], told["To"], "inbound", carrier.clock())
        leg.status = told.get("CallStatus", leg.status)
        if told.get("CallDuration", "").isdecimal():
            leg.elapsed = int(told["CallDuration"])
            leg.ended_at = carrier.clock()
        carrier.keep_leg(leg)
        return Response(status=204)

    @routes.put("/stand-in/recordings/<recording_id>")
    def put_recording(recording_id: str) -> Response:
        request.max_content_length = _MOST_UPLOADED
        sound = request.get_data()
        seconds = round(audio.seconds_of(sound))
        call_id = request.args.get("CallSid", "")
        carrier.keep_sound(KeptRecording(recording_id, call_id, seconds, carrier.clock(), sound))
        return Response(status=204)


# ---- shapes ----------------------------------------------------------------------------------------------------------


def _newest_first(kept: Mapping[str, Any]) -> list[Any]:
    return list(kept.values())[::-1]


def _between(moment: datetime, asked: Mapping[str, str], name: str) -> bool:
    after, before, on = (_moment(asked.get(f"{name}{sign}", "")) for sign in (">", "<", ""))
    if on is not None:
        return on <= moment < on + timedelta(days=1)
    return (after is None or moment >= after) and (before is None or moment <= before)


def _moment(raw: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _page(key: str, found: Sequence[Any], shape: Callable[[Any], dict[str, Any]]) -> Response:
    """One page of a list, with the addresses of its neighbours."""
    size = min(max(request.args.get("PageSize", 50, int), 1), 1000)
    page = max(request.args.get("Page", 0, int), 0)
    shown = found[page * size : (page + 1) * size]
    more = (page + 1) * size < len(found)
    told = {
        key: [shape(one) for one in shown],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(len(shown) - 1, 0),
        "uri": _address(page, size),
        "first_page_uri": _address(0, size),
        "next_page_uri": _address(page + 1, size) if more else None,
        "previous_page_uri": _address(page - 1, size) if page else None,
    }
    return _json(told)


def _address(page: int, size: int) -> str:
    asked = {**request.args.to_dict(), "Page": str(page), "PageSize": str(size)}
    return url_for(str(request.endpoint), **{**(request.view_args or {}), **asked})


def _json(told: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(told), status, content_type="application/json")


def _error(status: int, code: int, message: str) -> Response:
    return _json({"code": code, "message": message, "status": status, "more_info": ""}, status)


def _not_found() -> Response:
    return _error(404, 20404, "The requested resource was not found")


def _deleted(kept: dict[str, Any], key: str) -> Response:
    return Response(status=204) if kept.pop(key, None) is not None else _not_found()
