"""A letter to the mailbox of a group, over SMTP."""

import smtplib
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from hotline.casework.letters import Letter
from hotline.casework.page_words import mail_words
from hotline.casework.pages import Page
from hotline.errors import CarrierError

_TIMEOUT_S = 15.0


@dataclass(frozen=True)
class MailChannel:
    """One mail server. `security`: "tls" from the first byte, "starttls", or "none" for one on this machine."""

    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)
    sender: str
    console_url: str
    trust: ssl.SSLContext | None = field(default=None, repr=False)

    def send(self, page: Page) -> str | None:
        """Hand the letter to the mail server."""
        self._hand_over(self._letter(page))
        return None

    def sent_since(self, _: Page) -> Iterable[str] | None:
        """Nobody can be asked; a letter that comes twice has the same Message-ID, and mailboxes know that."""
        return None

    def post(self, letter: Letter) -> None:
        """Hand over a letter that is about no single report."""
        self._hand_over(letter)

    def _letter(self, page: Page) -> Letter:
        title, text = mail_words(page.subjects, page.language, self.console_url)
        return Letter(page.key, page.address, title, text, page.fired_at)

    def _hand_over(self, letter: Letter) -> None:
        before, on_the_way = _as_carrier_errors(outcome_unknown=False), _as_carrier_errors(outcome_unknown=True)
        with before, self._connected() as server, on_the_way:
            server.send_message(self._message(letter))

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = self.sender, letter.address
        message["Subject"] = letter.title
        message["Date"] = format_datetime(letter.written_at)
        message["Message-ID"] = f"<{letter.name}@{self._here}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message

    @property
    def _here(self) -> str:
        return urlsplit(self.console_url).hostname or "localhost"

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        trust = self.trust or ssl.create_default_context()
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, self._here, timeout=_TIMEOUT_S, context=trust)
        else:
            server = smtplib.SMTP(self.host, self.port, self._here, timeout=_TIMEOUT_S)
        try:
            if self.security == "starttls":
                server.starttls(context=trust)
            if self.user:
                server.login(self.user, self.password)
            yield server
        finally:
            _leave(server)


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye; the letter has been taken or not before that."""
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


@contextmanager
def _as_carrier_errors(*, outcome_unknown: bool) -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise CarrierError("The mail server refused the mailbox.", permanent=min(codes, default=0) >= 500) from None
    except smtplib.SMTPResponseException as error:
        raise CarrierError(
            f"The mail server answered {error.smtp_code}.",
            permanent=error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError),
        ) from None
    except (OSError, smtplib.SMTPException) as error:
        raise CarrierError(
            f"The mail server could not be spoken to ({type(error).__name__}).", outcome_unknown=outcome_unknown
        ) from None
