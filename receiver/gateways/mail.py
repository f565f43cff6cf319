"""Mail out: by SMTP, or onto the console for a demonstration."""

import logging
import smtplib
import ssl
import sys
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final, Protocol, TextIO
from urllib.parse import unquote, urlsplit

from receiver.domain.errors import BadSettings, MailNotSent

TIMEOUT_S: Final = 10.0

log = logging.getLogger("receiver")


class Mailer(Protocol):
    def send(self, *, to: str, subject: str, text: str) -> None:
        """Hand a mail over, or raise MailNotSent."""


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Sends through one server: `smtps://` (TLS), `smtp+starttls://`, or `smtp://` (plain, a relay on this host)."""

    url: str
    sender: str

    def __post_init__(self) -> None:
        if not _names_server(self.url):
            raise BadSettings(["FLATTR_SMTP_URL reads smtps://USER:PASSWORD@HOST[:PORT], smtp+starttls:// or smtp://"])

    def send(self, *, to: str, subject: str, text: str) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, to, subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2].strip(">") or None)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        try:
            with self._connection() as server:
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            log.warning("a mail was not sent: %s", _told(error))
            # The cause may hold the address or the login, so it stays in the chain and out of the page.
            raise MailNotSent("the mail could not be sent; try again in a minute, or tell the operator") from error

    def _connection(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(parts.hostname, parts.port or 465, timeout=TIMEOUT_S, context=context)
        else:
            server = smtplib.SMTP(parts.hostname, parts.port or 25, timeout=TIMEOUT_S)
        if parts.scheme == "smtp+starttls":
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server


def _names_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("smtp", "smtps", "smtp+starttls") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number, or too large; a bracket is open
        return False


def _told(error: Exception) -> str:
    """Name an error by its class and the server's code: its words may repeat the address or the login."""
    refusals = error.recipients.values() if isinstance(error, smtplib.SMTPRecipientsRefused) else []
    codes = [str(code) for code, _ in refusals]
    if isinstance(error, smtplib.SMTPResponseException):
        codes.append(str(error.smtp_code))
    return " ".join([type(error).__name__, *codes])


@dataclass(frozen=True, slots=True)
class ConsoleMailer:
    """Prints mails instead of sending them: for trying out, on one's own machine only."""

    out: TextIO = sys.stdout

    def send(self, *, to: str, subject: str, text: str) -> None:
        print(f"--- mail to {to}: {subject}\n{text.rstrip()}\n---", file=self.out, flush=True)
