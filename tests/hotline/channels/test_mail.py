"""A letter to the mailbox of a group, through a real mail server on the loopback."""

import email
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from hotline.channels.mail import MailChannel
from hotline.errors import CarrierError
from tests.hotline.channels.letters import FIGHT, THEFT, page

MAILBOX = "duty@suoi-da.example.org"
USER, PASSWORD = "hotline", "only for the tests"


class Postman:
    """Takes letters, unless told what to answer instead."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.refuses_mailbox = ""
        self.refuses_letter = ""

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:
        if self.refuses_mailbox:
            return self.refuses_mailbox
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        if self.refuses_letter:
            return self.refuses_letter
        self.envelopes.append(envelope)
        self.letters.append(email.message_from_bytes(envelope.content or b"", policy=default))  # type: ignore[arg-type]
        return "250 taken"


class Office(Controller):
    """A mail server on whatever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def postman() -> Postman:
    return Postman()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@contextmanager
def office(postman: Postman, **options: Any) -> Iterator[int]:
    """The mail server's port."""
    controller = Office(postman, hostname="127.0.0.1", port=0, server_hostname="localhost", **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def channel(port: int, security: str = "none", trust: ssl.SSLContext | None = None, user: str = "") -> MailChannel:
    return MailChannel(
        "localhost", port, security, user, PASSWORD, "hotline@example.org", "https://line.example.org", trust
    )


def identity(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_a_letter_says_what_waits_and_nothing_of_the_caller(postman: Postman) -> None:
    with office(postman) as port:
        assert channel(port).send(page("mail", FIGHT, address=MAILBOX)) is None
    (letter,) = postman.letters
    assert letter["Subject"] == "R-2026-0042, High, Assault, threats, fight (over, or announced), Na Hoi, happening now"
    assert (letter["From"], letter["To"]) == ("hotline@example.org", MAILBOX)
    assert letter["Message-ID"] == "<a-key-of-the-tests@line.example.org>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "https://line.example.org/reports/R-2026-0042" in letter.get_content()
    assert postman.envelopes[0].rcpt_tos == [MAILBOX]


@pytest.mark.parametrize(
    ("language", "says"), [("vi", "2 tin chờ"), ("ru", "сообщений ждут"), ("en", "2 reports wait")]
)
def test_several_reports_go_in_one_letter(postman: Postman, language: str, says: str) -> None:
    with office(postman) as port:
        channel(port).send(page("mail", FIGHT, THEFT, address=MAILBOX, language=language))
    (letter,) = postman.letters
    assert says in letter["Subject"]
    assert "R-2026-0042" in letter.get_content()
    assert "R-2026-0043" in letter.get_content()


def test_starttls_and_a_password(postman: Postman, authority: trustme.CA) -> None:
    def knows(_: SMTP, __: Session, ___: Envelope, ____: str, given: object) -> AuthResult:
        right = (
            isinstance(given, LoginPassword) and given.login == USER.encode() and given.password == PASSWORD.encode()
        )
        return AuthResult(success=right)

    options = {
        "tls_context": identity(authority),
        "require_starttls": True,
        "authenticator": knows,
        "auth_required": True,
    }
    with office(postman, **options) as port:
        channel(port, "starttls", trusting(authority), USER).send(page("mail", FIGHT, address=MAILBOX))
        with pytest.raises(CarrierError) as refused:
            channel(port, "starttls", trusting(authority), "somebody").send(page("mail", FIGHT, address=MAILBOX))
    assert len(postman.letters) == 1
    assert not refused.value.permanent, "a password can be corrected"
    assert not refused.value.outcome_unknown


def test_tls_from_the_first_byte(postman: Postman, authority: trustme.CA) -> None:
    with office(postman, ssl_context=identity(authority)) as port:
        channel(port, "tls", trusting(authority)).send(page("mail", FIGHT, address=MAILBOX))
    assert len(postman.letters) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_that_nobody_vouches_for_gets_nothing(postman: Postman, authority: trustme.CA, security: str) -> None:
    own = identity(authority)
    options = {"ssl_context": own} if security == "tls" else {"tls_context": own}
    with office(postman, **options) as port, pytest.raises(CarrierError) as refused:
        channel(port, security).send(page("mail", FIGHT, address=MAILBOX))
    assert postman.letters == []
    assert not refused.value.outcome_unknown


def test_a_server_without_starttls_gets_nothing(postman: Postman) -> None:
    with office(postman) as port, pytest.raises(CarrierError):
        channel(port, "starttls").send(page("mail", FIGHT, address=MAILBOX))
    assert postman.letters == []


@pytest.mark.parametrize(("answer", "permanent"), [("550 no such mailbox", True), ("450 try later", False)])
def test_a_mailbox_that_is_refused(postman: Postman, answer: str, permanent: bool) -> None:
    postman.refuses_mailbox = answer
    with office(postman) as port, pytest.raises(CarrierError) as refused:
        channel(port).send(page("mail", FIGHT, address=MAILBOX))
    assert (refused.value.permanent, refused.value.outcome_unknown) == (permanent, False)
    assert MAILBOX not in str(refused.value)


@pytest.mark.parametrize(("answer", "permanent"), [("554 no", True), ("451 later", False)])
def test_a_letter_that_is_refused(postman: Postman, answer: str, permanent: bool) -> None:
    postman.refuses_letter = answer
    with office(postman) as port, pytest.raises(CarrierError) as refused:
        channel(port).send(page("mail", FIGHT, address=MAILBOX))
    assert (refused.value.permanent, refused.value.outcome_unknown) == (permanent, False)


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(CarrierError) as refused:
        channel(1).send(page("mail", FIGHT, address=MAILBOX))
    assert (refused.value.permanent, refused.value.outcome_unknown) == (False, False)


def test_a_server_that_hangs_up_on_the_letter_may_have_kept_it(postman: Postman) -> None:
    postman.refuses_letter = "421 going away"
    with office(postman) as port, pytest.raises(CarrierError) as refused:
        channel(port).send(page("mail", FIGHT, address=MAILBOX))
    assert not refused.value.permanent
