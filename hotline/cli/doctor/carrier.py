"""Is there an account at a carrier, and may the carrier be asked?"""

from collections.abc import Iterator
from contextlib import contextmanager

from hotline.cli.doctor.finding import Finding, either, green
from hotline.settings import Settings
from hotline.telephony.carrier import CarrierClient

PATIENCE_S = 5.0
"""How long the doctor waits for anybody outside: somebody sits in front of the page."""


def account(settings: Settings) -> Iterator[Finding]:
    if settings.hotline_carrier == "local":
        yield green("carrier", "the built-in stand-in: no real calls")
        return
    missing = "TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN is missing: every call would be refused"
    yield either("carrier", has_account(settings), "account and token are set", missing)
    clear = "HOTLINE_PUBLIC_URL is not https: a carrier would send callers' words in clear"
    yield either("public address", settings.secure, "https", clear)


def has_account(settings: Settings) -> bool:
    return bool(settings.auth_tokens and settings.twilio_account_sid)


@contextmanager
def asking(settings: Settings) -> Iterator[CarrierClient | None]:
    """The carrier's API; None where there is no account to ask it with."""
    if not has_account(settings):
        yield None
        return
    token = settings.auth_tokens[0]
    client = CarrierClient(settings.twilio_api_url, settings.twilio_account_sid, token, patience_s=PATIENCE_S)
    try:
        yield client
    finally:
        client.close()
