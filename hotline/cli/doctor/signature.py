"""Does a request signed like the carrier's get through to the hotline as it was signed, and no other?

Asked at the public address, as the carrier would: through name, certificate and proxy."""

from hotline.cli.doctor.address import shown
from hotline.cli.doctor.carrier import PATIENCE_S, has_account
from hotline.cli.doctor.finding import Finding, green, red
from hotline.settings import Settings
from hotline.simulator.poster import Answer, HttpPoster, NoAnswerError, Poster
from hotline.simulator.signing import sign
from hotline.telephony.gate import refusal
from hotline.telephony.signature import HEADER

DOCTORS_CALL = "hotline-doctor"
"""A call that no carrier names so. It is said to be going on, of which no row is written."""

_WHAT = "signature"
_SET_OTHERWISE = (
    "the hotline has another HOTLINE_PUBLIC_URL, account or token than this page read (start it again after a change), "
    "or the proxy changes the address: it must pass the path on as it came"
)
_CHANGED = "the proxy changes the request: it must pass method, type and body on as they came"
_UNREACHED = "the proxy does not reach the hotline, or that one cannot write: start `hotline run`, see `database`"


def signature(settings: Settings) -> Finding:
    """Ask about a call that does not exist, signed and not. Leaves nothing behind."""
    if not has_account(settings):
        return red(_WHAT, "not tried: TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN is missing")
    poster = HttpPoster(timeout_s=PATIENCE_S)
    try:
        return tried(settings, poster)
    except NoAnswerError as error:
        return red(_WHAT, no_answer(settings.hotline_public_url, error))
    finally:
        poster.close()


def tried(settings: Settings, poster: Poster) -> Finding:
    """Raises NoAnswerError."""
    url = f"{settings.hotline_public_url}/voice/status"
    form = {
        "AccountSid": settings.twilio_account_sid,
        "ApiVersion": "2010-04-01",
        "CallSid": DOCTORS_CALL,
        "CallStatus": "in-progress",
        "Direction": "inbound",
        "From": "",
        "To": "",
    }
    signed = poster.post(url, form, {HEADER: sign(settings.auth_tokens[0], url, form)})
    return judged(url, signed, poster.post(url, form, {}))


def judged(url: str, signed: Answer, unsigned: Answer) -> Finding:
    """What the two answers tell."""
    if not signed.ok:
        return red(_WHAT, f"a signed request to {url} was answered {signed.status}: {_probably(signed)}")
    if unsigned.status != 403:
        said = "anybody could pretend to be the carrier, or it is not the hotline that answers there"
        return red(_WHAT, f"an unsigned request to {url} was answered {unsigned.status} and not 403: {said}")
    return green(_WHAT, "a signed request comes through to the hotline, an unsigned one is refused")


def _probably(answer: Answer) -> str:
    if answer.status == 403 and answer.body == refusal(403).data:
        return _SET_OTHERWISE
    if answer.status in (401, 403):
        return "something before the hotline refuses it: let proxy and firewall pass /voice/ and /sms/"
    if 300 <= answer.status < 400:
        leads = shown(answer.header("location"))
        return f"the proxy sends it on to {leads}, where the signature is wrong: set HOTLINE_PUBLIC_URL to that one"
    if answer.status == 404:
        return "it is not the hotline that answers there: the proxy must pass /voice/ and /sms/ on to it, path and all"
    return _UNREACHED if answer.status >= 500 else _CHANGED


def no_answer(public_url: str, error: NoAnswerError) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in error.why:
        why = error.why.partition("verify failed: ")[2].partition(" (_ssl")[0]
        return f"the certificate of {public_url} is not valid ({why}): a carrier hangs up; renew it at the proxy"
    if error.stage == "ct":
        repair = "start `hotline run`; then look at name, proxy, firewall"
        return f"nobody answers at {public_url} from here ({error.why}): {repair}"
    return f"no answer from {public_url} within {PATIENCE_S:.0f} s: start `hotline run` again, look at the proxy"
