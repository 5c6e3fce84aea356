"""How the stand-in carrier reaches the application: over HTTP, or straight into a WSGI application."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from urllib.parse import urlencode, urlsplit

import httpx
from werkzeug.test import Client

from hotline.errors import HotlineError

CARRIER_TIMEOUT_S = 15.0
_FORM = "application/x-www-form-urlencoded"


class NoAnswerError(HotlineError):
    """The application did not answer. `stage` is the carrier's word: "ct" before it was reached, "rt" afterwards;
    `why` is the network's."""

    def __init__(self, message: str, stage: Literal["ct", "rt"], why: str = "") -> None:
        super().__init__(message)
        self.stage = stage
        self.why = why


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def media_type(self) -> str:
        return self.header("content-type").partition(";")[0].strip()

    def header(self, name: str) -> str:
        """A header by its name in small letters; empty where there is none."""
        return next((value for key, value in self.headers.items() if key.lower() == name), "")


class Poster(Protocol):
    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """Post a form. Raises NoAnswerError after 15 s, or where nobody listens."""

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Get a page or a sound. Raises NoAnswerError after 15 s, or where nobody listens."""


class HttpPoster:
    """Over the network. `via` says where an address really is: {"https://line.example.org": "http://127.0.0.1:8000"}."""

    def __init__(self, via: Mapping[str, str] | None = None, timeout_s: float = CARRIER_TIMEOUT_S) -> None:
        self._via = dict(via or {})
        self._client = httpx.Client(timeout=timeout_s, trust_env=False)

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        return self._send("POST", url, {**headers, "Content-Type": _FORM}, urlencode(form).encode())

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        return self._send("GET", url, headers, b"")

    def close(self) -> None:
        self._client.close()

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            answer = self._client.request(method, self._really(url), headers=dict(headers), content=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise NoAnswerError("the application cannot be reached", "ct", str(error)) from None
        except httpx.HTTPError as error:
            raise NoAnswerError("the application did not answer in time", "rt", str(error)) from None
        return Answer(answer.status_code, dict(answer.headers), answer.content)

    def _really(self, url: str) -> str:
        for public, real in self._via.items():
            if url == public or url.startswith(f"{public}/"):
                return real + url[len(public) :]
        return url


class WsgiPoster:
    """Into a WSGI application of this process, without a network."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app: Any = app

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        return self._send("POST", url, headers, urlencode(form).encode())

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        return self._send("GET", url, headers, b"")

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        client = Client(self._app, use_cookies=False)
        sent: dict[str, Any] = {"data": body, "content_type": _FORM} if method == "POST" else {}
        with client.open(
            target, method=method, base_url=f"{parts.scheme}://{parts.netloc}", headers=dict(headers), **sent
        ) as answer:
            return Answer(answer.status_code, dict(answer.headers), answer.get_data())
