"""What a carrier posts to the commune's application, one signed request at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree

from werkzeug.test import Client, TestResponse

from tests.hotline.telephony.forgeries import FORM_TYPE, SIGNATURE, Request, genuine, sign
from tests.stories.conftest import ACCOUNT, LINE, TOKEN, Commune

CALLER = "+84912345611"
ABOUT = {"AccountSid": ACCOUNT, "ApiVersion": "2010-04-01"}


def call_form(call_id: str, **more: str) -> dict[str, str]:
    """The fields that each webhook of a call brings."""
    told = {"CallSid": call_id, "From": CALLER, "To": LINE, "CallStatus": "in-progress", "Direction": "inbound"}
    return {**ABOUT, **told, **more}


def recording_form(call_id: str, recording_id: str, status: str, **more: str) -> dict[str, str]:
    return {**ABOUT, "CallSid": call_id, "RecordingSid": recording_id, "RecordingStatus": status, **more}


def text_form(message_id: str, words: str, **more: str) -> dict[str, str]:
    return {**ABOUT, "MessageSid": message_id, "From": CALLER, "To": LINE, "Body": words, "NumMedia": "0", **more}


@dataclass(frozen=True)
class Post:
    """One request, ready to be sent as often as one likes."""

    path: str
    form: Mapping[str, str]

    def signed(self, public_url: str) -> Request:
        return genuine(self.path, dict(self.form), TOKEN, public_url)

    def send(self, commune: Commune) -> TestResponse:
        return self.signed(commune.settings.hotline_public_url).send(Client(commune.app))


def post(commune: Commune, path: str, form: Mapping[str, str]) -> TestResponse:
    return Post(path, form).send(commune)


def post_raw(commune: Commune, path: str, body: bytes, pairs: tuple[tuple[str, str], ...] = ()) -> TestResponse:
    """A body as it is, signed as if it held `pairs`."""
    signature = sign(TOKEN, commune.settings.hotline_public_url + path, pairs)
    headers = {"Content-Type": FORM_TYPE, SIGNATURE: signature}
    return Client(commune.app).post(path, data=body, headers=headers)


def twiml(document: bytes) -> ElementTree.Element:
    """An answer, parsed; it fails where a carrier's parser would."""
    return ElementTree.fromstring(document)  # noqa: S314 - our own words


def awaited(document: bytes) -> str:
    """The path that an answer wants the next step to go to."""
    found = next(one.get("action") for one in twiml(document).iter() if one.get("action"))
    return urlsplit(str(found)).path
