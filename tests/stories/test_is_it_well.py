"""What a watching machine is told: alive, ready, and figures for those who are here or have the token."""

from collections.abc import Mapping

import pytest
from werkzeug.test import TestResponse

from tests.stories.conftest import ON_SQLITE, Commune

pytestmark = ON_SQLITE


def asks(
    commune: Commune, path: str, sender: str = "127.0.0.1", headers: Mapping[str, str] | None = None
) -> TestResponse:
    here = {"Host": "127.0.0.1:8000", **(headers or {})}
    return commune.app.test_client().get(path, headers=here, environ_base={"REMOTE_ADDR": sender})


def test_the_line_is_ready_once_the_worker_lives_and_says_what_is_wrong_before(commune: Commune) -> None:
    assert asks(commune, "/healthz").status_code == 200
    silent = asks(commune, "/readyz")
    assert (silent.status_code, silent.text) == (503, "the worker is silent\n")
    commune.at_home.beat(commune.clock())
    assert asks(commune, "/readyz").text == "ready\n"
    commune.clock.goes_on(minutes=1)
    assert asks(commune, "/readyz").status_code == 503


def test_figures_are_for_this_machine(commune: Commune) -> None:
    commune.dials().hang_up()
    told = asks(commune, "/metrics")
    assert told.status_code == 200
    assert "hotline_calls 1\n" in told.text


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("192.0.2.7", {}),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}),
        ("127.0.0.1", {"X-Real-IP": "192.0.2.7"}),
        ("127.0.0.1", {"Via": "1.1 proxy.example.org"}),
        ("127.0.0.1", {"Host": "line.example.org"}),
    ],
)
def test_nobody_else_sees_them(commune: Commune, sender: str, headers: dict[str, str]) -> None:
    assert asks(commune, "/metrics", sender, headers).status_code == 403
    assert asks(commune, "/metrics", sender, {**headers, "Authorization": "Bearer "}).status_code == 403
