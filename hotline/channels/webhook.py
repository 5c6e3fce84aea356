"""A signed request to a program of the unit's own: a bridge to Zalo, a siren, a display on the wall."""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from hotline.casework.page_words import LANGUAGES, Subject
from hotline.casework.pages import Page
from hotline.errors import CarrierError

TIMESTAMP, SIGNATURE, DELIVERY = "X-Hotline-Timestamp", "X-Hotline-Signature", "X-Hotline-Delivery"
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_PASSES = (408, 425, 429)


@dataclass(frozen=True)
class WebhookChannel:
    """One address, and the secret that its requests are signed with. Redirects are not followed."""

    url: str
    secret: bytes = field(repr=False)
    console_url: str

    def send(self, page: Page) -> str | None:
        """Post it. The delivery's id is the same when it is sent again, so that the receiver can tell."""
        body = json.dumps(self._told(page), ensure_ascii=False).encode()
        at = str(int(page.fired_at.timestamp()))
        headers = {
            "Content-Type": "application/json",
            TIMESTAMP: at,
            SIGNATURE: f"sha256={signature(self.secret, at, body)}",
            DELIVERY: page.key,
        }
        try:
            with httpx.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False) as client:
                _check(client.post(self.url, content=body, headers=headers))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            known = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.InvalidURL)
            raise CarrierError(
                f"The webhook could not be reached ({type(error).__name__}).", outcome_unknown=not known
            ) from None
        return None

    def sent_since(self, _: Page) -> Iterable[str] | None:
        """Nobody can be asked: it is posted again under the same delivery id."""
        return None

    def _told(self, page: Page) -> dict[str, Any]:
        return {
            "event": "report.waits",
            "delivery": page.key,
            "unit": page.unit_code,
            "group": page.group,
            "reports": [self._report(subject) for subject in page.subjects],
        }

    def _report(self, subject: Subject) -> dict[str, Any]:
        return {
            "reference": subject.reference,
            "urgency": subject.urgency,
            "category": subject.category,
            "place": subject.place,
            "happening_now": subject.happening_now,
            "received_at": subject.received_at.isoformat(),
            "address": f"{self.console_url}/reports/{subject.reference}",
            "words": {language: subject.in_one_line(language) for language in LANGUAGES},
        }


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256, in hex, over the timestamp, a full stop and the body."""
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _check(answer: httpx.Response) -> None:
    status = answer.status_code
    if not answer.is_success:
        raise CarrierError(
            f"The webhook answered {status}.",
            permanent=answer.is_redirect or (answer.is_client_error and status not in _PASSES),
            outcome_unknown=answer.is_server_error,
        )
