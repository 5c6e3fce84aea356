from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from hotline.telephony.signature import Verifier, raw_target
from tests.hotline.telephony.forgeries import sign
from tests.hotline.telephony.gated_app import INCOMING, PUBLIC_URL, TOKEN

PAIRS = list(INCOMING.items())
PATH = "/voice/incoming"
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
forms = st.lists(st.tuples(texts, texts), max_size=12)
paths = st.from_regex(r"/[a-z0-9/]{0,20}(\?[a-z]=[A-Za-z0-9%]{1,5})?", fullmatch=True)


@given(paths, forms)
def test_what_the_carriers_library_signs_is_genuine(path: str, form: list[tuple[str, str]]) -> None:
    signature = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + path, MultiDict(form))
    assert Verifier((TOKEN,), PUBLIC_URL).genuine(path, form, signature)


@given(
    paths,
    forms,
    st.sampled_from(["https://line.example.org", "https://line.example.org:443", "https://line.example.org:8443"]),
    forms,
)
def test_the_verifier_and_the_carriers_library_always_agree(
    path: str, form: list[tuple[str, str]], signed_url: str, signed_form: list[tuple[str, str]]
) -> None:
    for signed in (form, signed_form):
        signature = sign(TOKEN, signed_url + path, tuple(signed))
        for public_url in (PUBLIC_URL, "https://line.example.org:8443"):
            library = RequestValidator(TOKEN).validate(public_url + path, MultiDict(form), signature)
            assert Verifier((TOKEN,), public_url).genuine(path, form, signature) == library


def test_a_port_that_the_carrier_adds_or_drops_is_forgiven() -> None:
    with_port = sign(TOKEN, "https://line.example.org:443" + PATH, tuple(PAIRS))
    assert Verifier((TOKEN,), PUBLIC_URL).genuine(PATH, PAIRS, with_port)
    other_port = sign(TOKEN, "https://line.example.org:8443" + PATH, tuple(PAIRS))
    assert not Verifier((TOKEN,), PUBLIC_URL).genuine(PATH, PAIRS, other_port)


def test_both_tokens_are_accepted_during_rotation_and_only_then() -> None:
    old = sign("a" * 32, PUBLIC_URL + PATH, tuple(PAIRS))
    new = sign("b" * 32, PUBLIC_URL + PATH, tuple(PAIRS))
    rotating = Verifier(("b" * 32, "a" * 32), PUBLIC_URL)
    assert rotating.genuine(PATH, PAIRS, old)
    assert rotating.genuine(PATH, PAIRS, new)
    assert not Verifier(("b" * 32,), PUBLIC_URL).genuine(PATH, PAIRS, old)


@pytest.mark.parametrize("tokens", [(), ("",)])
def test_without_a_token_nothing_is_genuine(tokens: tuple[str, ...]) -> None:
    assert not Verifier(tokens, PUBLIC_URL).genuine(PATH, PAIRS, sign("", PUBLIC_URL + PATH, tuple(PAIRS)))


@pytest.mark.parametrize(
    ("target", "form", "signature"),
    [
        (PATH, [("Body", "\ud800")], "x"),
        (PATH, PAIRS, "\ud800"),
        (PATH, PAIRS, "ký"),
        ("/[", PAIRS, "x"),
        (":99999999/voice", PAIRS, "x"),
        (PATH, [("a",)], "x"),
    ],
)
def test_what_cannot_be_checked_is_not_genuine(target: str, form: Any, signature: str) -> None:
    assert not Verifier((TOKEN,), PUBLIC_URL).genuine(target, form, signature)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"RAW_URI": "/voice/a%2Fb?x=%7e", "PATH_INFO": "/voice/a/b"}, "/voice/a%2Fb?x=%7e"),
        ({"REQUEST_URI": "/voice/incoming?", "PATH_INFO": "/voice/incoming"}, "/voice/incoming?"),
        ({"RAW_URI": "http://elsewhere/voice", "PATH_INFO": "/voice/incoming"}, "/voice/incoming"),
        ({"PATH_INFO": "/voice/k/3", "QUERY_STRING": "a=%c4%91"}, "/voice/k/3?a=%c4%91"),
        ({"SCRIPT_NAME": "/line", "PATH_INFO": "/voice/\xc4\x91"}, "/line/voice/%C4%91"),
        ({}, ""),
    ],
)
def test_the_address_is_read_as_it_stood_on_the_wire(environ: dict[str, str], expected: str) -> None:
    assert raw_target(environ) == expected
