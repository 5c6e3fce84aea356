"""Clients that never finish a request: whoever calls meanwhile is answered, and nobody needs a signature to try."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from hotline.slow_clients import SMALL_BODY
from tests import cast
from tests.faults.processes import ACCOUNT, TOKEN, Installation, installation
from tests.hotline.telephony.forgeries import genuine

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]
HALF_OPEN = 800
CALLERS = 20
PATIENCE_S = 10  # a carrier waits fifteen


@contextmanager
def half_open(home: Installation, how_many: int, length: int) -> Iterator[None]:
    """Requests of which two bytes have come."""
    head = (
        f"POST /voice/incoming HTTP/1.1\r\nHost: line.example.org\r\nX-Twilio-Signature: none\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\nCa"
    )
    with ExitStack() as open_ones:
        for _number in range(how_many):
            client = open_ones.enter_context(socket.create_connection(("127.0.0.1", home.port), PATIENCE_S))
            client.sendall(head.encode())
        yield


@pytest.mark.parametrize("length", [1000, SMALL_BODY + 1])
def test_eight_hundred_half_open_requests_keep_no_caller_waiting(tmp_path: Path, length: int) -> None:
    with (
        installation(tmp_path) as (home, _),
        half_open(home, HALF_OPEN, length),
        httpx.Client(base_url=home.public_url, timeout=PATIENCE_S) as carrier,
    ):
        for number in range(CALLERS):
            form = {"CallSid": f"CA{number:032}", "AccountSid": ACCOUNT, "From": cast.MAY.number, "To": cast.THE_LINE}
            ring = genuine("/voice/incoming", form, TOKEN, home.public_url)
            assert carrier.post(ring.path, content=ring.body, headers=ring.headers).status_code == 200
        assert len(home.calls_as_json()) == CALLERS
