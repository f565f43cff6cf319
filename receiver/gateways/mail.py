"""Mail out: by SMTP, or onto the console for a demonstration."""

import logging
import smtplib
import socket
import ssl
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formatdate, make_msgid
from threading import Timer
from typing import Any, Final, Protocol, TextIO
from urllib.parse import unquote, urlsplit

from receiver.domain.errors import BadSettings, MailNotSent, MailServerAway

TIMEOUT_S: Final = 10.0  # for each step
TOTAL_S: Final = 30.0  # for a mail, however little each step brings
LINE_MAX: Final = 998  # RFC 5322, section 2.1.1

log = logging.getLogger("receiver")


class Mailer(Protocol):
    def send(
        self, *, to: str, subject: str, text: str, headers: Mapping[str, str] | None = None, message_id: str = ""
    ) -> None:
        """Hand a mail over, or raise MailNotSent; MailServerAway if no other mail would get through either.

        `headers` are those beside the usual ones.  `message_id` is what stands before the @ of the Message-ID, by
        which a mail that is sent again can be recognised; without one, each is another mail.
        """


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Sends through one server: `smtps://` (TLS), `smtp+starttls://`, or `smtp://` (plain, a relay on this host)."""

    url: str
    sender: str

    def __post_init__(self) -> None:
        if not _names_server(self.url):
            raise BadSettings(["FLATTR_SMTP_URL reads smtps://USER:PASSWORD@HOST[:PORT], smtp+starttls:// or smtp://"])

    def send(
        self, *, to: str, subject: str, text: str, headers: Mapping[str, str] | None = None, message_id: str = ""
    ) -> None:
        try:
            server = self._connection()
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise _not_sent(MailServerAway, error) from error
        try:
            server.send_message(self._message(to, subject, text, headers or {}, message_id))
        except (OSError, smtplib.SMTPException, ValueError) as error:  # the last of what cannot be written as a mail
            raise _not_sent(MailNotSent, error) from error
        finally:
            _leave(server)

    def _message(self, to: str, subject: str, text: str, headers: Mapping[str, str], message_id: str) -> EmailMessage:
        domain = self.sender.rpartition("@")[2].strip(">")
        message = EmailMessage(_OneLine())
        message["From"], message["To"], message["Subject"] = self.sender, to, " ".join(subject.split())
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{message_id}@{domain}>" if message_id else make_msgid(domain=domain or None)
        message["Auto-Submitted"] = "auto-generated"
        for name, value in headers.items():
            message[name] = value
        message.set_content(text)
        return message

    def _connection(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            context = ssl.create_default_context()  # it costs more than a plain mail
            server = _PunctualTls(parts.hostname, parts.port or 465, timeout=TIMEOUT_S, context=context)
        else:
            server = _Punctual(parts.hostname, parts.port or 25, timeout=TIMEOUT_S)
        try:
            if parts.scheme == "smtp+starttls":
                server.starttls(context=ssl.create_default_context())
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
        except BaseException:
            server.close()
            raise
        return server


class _Punctual(smtplib.SMTP):
    """Waits for all replies together no longer than `TOTAL_S`; the socket's own timeout starts anew with each byte."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._ends_at_s = time.monotonic() + TOTAL_S
        super().__init__(*args, **kwargs)

    def getreply(self) -> tuple[int, bytes]:
        timer = Timer(max(0.0, self._ends_at_s - time.monotonic()), _cut, [self.sock])
        timer.daemon = True
        timer.start()
        try:
            return super().getreply()
        finally:
            timer.cancel()


class _PunctualTls(_Punctual, smtplib.SMTP_SSL):
    """The same, by TLS from the first byte."""


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):  # it is gone by now
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _leave(server: smtplib.SMTP) -> None:
    """Say good-bye; what the server answers changes nothing about a mail that it took or did not take."""
    with suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


class _OneLine(EmailPolicy):
    """Leaves headers of plain letters on one line.

    Python 3.13 folds a long address by spelling it as an encoded word, which no mail program takes for an address:
    `List-Unsubscribe` would be lost.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        line = f"{name}: {value}"
        if value.isascii() and len(line) <= LINE_MAX:
            return line.encode() + self.linesep.encode()
        return super().fold_binary(name, value)


def _not_sent(kind: type[MailNotSent], error: Exception) -> MailNotSent:
    failure = _told(error)
    log.warning("a mail was not sent: %s", failure)
    # The cause may hold the address or the login, so it stays in the chain and out of the page.
    return kind("the mail could not be sent; try again in a minute, or tell the operator", failure=failure)


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

    def send(
        self,
        *,
        to: str,
        subject: str,
        text: str,
        headers: Mapping[str, str] | None = None,
        message_id: str = "",  # noqa: ARG002 - nobody reads a console twice
    ) -> None:
        lines = "".join(f"{name}: {value}\n" for name, value in (headers or {}).items())
        print(f"--- mail to {to}: {subject}\n{lines}{text.rstrip()}\n---", file=self.out, flush=True)
