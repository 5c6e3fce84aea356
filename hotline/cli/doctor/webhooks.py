"""Does the carrier ask this hotline about the line's number, and only this one?"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from hotline.cli.doctor.address import shown
from hotline.cli.doctor.finding import Finding, green, look, red
from hotline.errors import CarrierError
from hotline.settings import Settings
from hotline.telephony.carrier import CarrierClient, CarrierNumber, Webhook
from hotline.telephony.profiles import profile_of

_BY_HAND = "look at the number's addresses at the carrier by hand (README, `Set up a line`)"


def webhooks(client: CarrierClient, number: str, settings: Settings) -> Iterator[Finding]:
    """Ask the carrier how the number is set up, and name each address that differs."""
    what = f"webhooks of {number}"
    try:
        found = client.number(number)
    except CarrierError as error:
        yield _trouble(what, error, settings)
        return
    if found is None:
        yield red(what, "this account has no such number: is it another account's (TWILIO_ACCOUNT_SID)?")
    else:
        yield from _compared(what, found, settings)


def _trouble(what: str, error: CarrierError, settings: Settings) -> Finding:
    if error.missing:
        return look(what, f"this carrier cannot be asked; {_BY_HAND}")
    if error.refused:
        return red(what, f"{error} It does not accept TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN; see its console.")
    if settings.stands_in_for_carrier:
        return red(what, f"{error} It is part of the hotline: start `hotline run`.")
    return red(what, f"{error} Look at this machine's network and clock, and at TWILIO_API_URL.")


def _compared(what: str, found: CarrierNumber, settings: Settings) -> Iterator[Finding]:
    able = profile_of(settings.hotline_carrier)
    wrong = list(differences(found, settings.hotline_public_url, fallback=able.fallback))
    yield from (red(what, difference) for difference in wrong)
    if not wrong:
        come = "calls, their status and texts come here" if found.takes_texts else "calls and their status come here"
        yield green(what, come)


def differences(found: CarrierNumber, public_url: str, *, fallback: bool) -> Iterator[str]:
    """What is not as it should be, a sentence each. `fallback`: whether the carrier can have an address for that."""
    if found.calls_go_to:
        yield f"calls are taken by {found.calls_go_to}, not by the number's own addresses: take it off the number"
    else:
        yield from _of_calls(found, public_url, fallback=fallback)
    if found.texts_go_to:
        yield f"texts are taken by {found.texts_go_to}, not by the number's own address: take it off the number"
    elif found.takes_texts:
        yield from _differs("a message comes in (sms_url)", found.text, f"{public_url}/sms/incoming")


def _of_calls(found: CarrierNumber, public_url: str, *, fallback: bool) -> Iterator[str]:
    yield from _differs("a call comes in (voice_url)", found.voice, f"{public_url}/voice/incoming")
    yield from _differs("call status changes (status_callback)", found.status, f"{public_url}/voice/status")
    # What stands elsewhere is better: it answers when this machine does not.
    name, wanted = "primary handler fails (voice_fallback_url)", f"{public_url}/voice/fallback"
    if fallback and not found.fallback.url:
        yield f"{name} is not set; host what `hotline fallback` prints elsewhere, or set it to {wanted} (POST)"
    elif fallback and _ours(found.fallback.url, public_url):
        yield from _differs(name, found.fallback, wanted)


def _ours(url: str, public_url: str) -> bool:
    try:
        return urlsplit(url).hostname == urlsplit(public_url).hostname
    except ValueError:
        return True  # so that it is named


def _differs(name: str, found: Webhook, wanted: str) -> Iterator[str]:
    """What follows a # tells the carrier how to ask; it is neither sent nor signed."""
    if found.url.partition("#")[0] != wanted:
        yield f"{name} is {shown(found.url)}; it should be {wanted} (POST)"
    elif found.method not in ("", "POST"):
        yield f"{name} is asked with {found.method}; it should be POST"
