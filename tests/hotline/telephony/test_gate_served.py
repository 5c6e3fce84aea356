"""The gate behind the server that we ship with, over a real connection."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.hotline.telephony.forgeries import FORGERIES, Forgery, genuine
from tests.hotline.telephony.gated_app import INCOMING, PUBLIC_URL, STEP, TOKEN

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def served() -> Iterator[httpx.Client]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-log"]
    server = subprocess.Popen([*command, "tests.hotline.telephony.gated_app:app"], cwd=ROOT)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        try:
            _wait_for(client)
            yield client
        finally:
            server.terminate()
            server.wait(10)


def _wait_for(client: httpx.Client) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            client.get("/")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("The server did not start.")


@pytest.mark.parametrize(("path", "form"), [("/voice/incoming", INCOMING), ("/voice/k3y/4", STEP)])
def test_a_genuine_request_is_let_in(served: httpx.Client, path: str, form: dict[str, str]) -> None:
    request = genuine(path, form, TOKEN, PUBLIC_URL)
    assert served.post(path, content=request.body, headers=request.headers).status_code == 200


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name)
def test_no_forgery_is_let_in(served: httpx.Client, forgery: Forgery) -> None:
    request = forgery.spoil(genuine("/voice/incoming", INCOMING, TOKEN, PUBLIC_URL))
    headers = {name.encode(): value.encode() for name, value in request.headers.items()}
    answer = served.post(request.path, content=request.body, headers=headers)
    assert answer.status_code == forgery.status


def test_a_signed_query_verifies_as_it_was_written(served: httpx.Client) -> None:
    request = genuine("/voice/incoming?a=%c4%91&b=%7E", INCOMING, TOKEN, PUBLIC_URL)
    assert served.post(request.path, content=request.body, headers=request.headers).status_code == 200


def test_a_body_without_a_length_is_bounded_too(served: httpx.Client) -> None:
    request = genuine("/voice/incoming", INCOMING, TOKEN, PUBLIC_URL)
    assert served.post(request.path, content=iter([request.body]), headers=request.headers).status_code == 200
    endless = served.post(request.path, content=iter([b"a=" + b"x" * 10_000] * 20), headers=request.headers)
    assert endless.status_code == 413
