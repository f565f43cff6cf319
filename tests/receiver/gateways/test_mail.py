"""Mail out: handed over, or said in the log without a word about anybody."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from receiver.domain.errors import BadSettings, MailNotSent, MailServerAway
from receiver.gateways import mail
from receiver.gateways.mail import SmtpMailer
from tests.fakes.smtp import MailServer, free_port


class GrumpyServer(MailServer):
    """Knows nobody, and repeats whom it does not know."""

    async def handle_RCPT(self, _server: Any, _session: Any, _envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd asks for it by this name
        return f"550 no {address} here"


class FullServer(MailServer):
    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - the same
        return f"452 no room for {envelope.rcpt_tos[0]}"


def send(url: str) -> None:
    SmtpMailer(url, "flattr@receiver.example").send(to="rosa@reads.example", subject="Your code", text="1234 5678")


def test_a_mail_arrives() -> None:
    with MailServer() as server:
        send(server.url)

    assert server.bodies == [(["rosa@reads.example"], "1234 5678\r\n")]


@pytest.mark.parametrize(
    ("kind", "told"), [(GrumpyServer, "SMTPRecipientsRefused 550"), (FullServer, "SMTPDataError 452")]
)
def test_a_mail_that_is_refused_is_in_the_log_and_nobody_is(
    kind: type[MailServer], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    with kind() as server, pytest.raises(MailNotSent):
        send(server.url)

    (record,) = [record for record in caplog.records if record.name == "receiver"]
    assert (record.levelno, record.getMessage()) == (logging.WARNING, f"a mail was not sent: {told}")
    assert "rosa" not in caplog.text


class HoarseServer(MailServer):
    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802 - the same
        return "421 no good-bye"


def test_a_mail_that_was_taken_is_sent_whatever_the_server_says_to_a_good_bye() -> None:
    with HoarseServer() as server:
        send(server.url)

    assert len(server.bodies) == 1


def test_headers_of_plain_letters_stay_as_they_are() -> None:
    """Folded, a long address would be an encoded word, and nobody could stop these mails with a click."""
    stop = f"<https://flattr.example/mails/stop/{'A1b2_-' * 30}>"

    with MailServer() as server:
        SmtpMailer(server.url, "Flattr <flattr@receiver.example>").send(
            to="rosa@reads.example",
            subject="Für Dich\n" * 20,
            text="…",
            headers={"List-Unsubscribe": stop},
            message_id="7",
        )

    (message,) = server.messages
    assert f"\r\nList-Unsubscribe: {stop}\r\n".encode() in server.originals[0]
    assert message["Subject"] == " ".join(["Für Dich"] * 20)
    assert message["Message-ID"] == "<7@receiver.example>"


@contextmanager
def dripping_server() -> Iterator[str]:
    """Greet with one letter after the other, and never come to the end."""
    is_over = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.sendall(b"220")
            while not is_over.wait(0.01):
                connection.sendall(b"-")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=drip, args=[listening], daemon=True)
        server.start()
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}"
        is_over.set()
        server.join()


def test_a_server_that_drips_is_left(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(mail, "TOTAL_S", 0.1)

    with dripping_server() as url, pytest.raises(MailServerAway):
        send(url)

    assert "a mail was not sent: SMTPServerDisconnected" in caplog.text


def test_a_server_that_lets_nobody_in_is_away_for_all_mails() -> None:
    with MailServer() as server, pytest.raises(MailServerAway, match="try again in a minute"):
        send(server.url.replace("smtp://", "smtp://otto:wrong@"))

    assert server.bodies == []


def test_a_mail_server_that_is_not_there_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(MailNotSent):
        send(f"smtp://otto:hunter2@127.0.0.1:{free_port()}")

    assert "a mail was not sent: ConnectionRefusedError" in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    "url",
    ["smtp://", "mail.example", "http://mail.example", "smtp://mail.example:port", "smtps://mail.example:99999",
     "smtp://mail.example:0", "smtp://[mail.example"],
)  # fmt: skip
def test_an_address_that_cannot_be_mailed_to_stops_the_start(url: str) -> None:
    with pytest.raises(BadSettings, match="FLATTR_SMTP_URL"):
        SmtpMailer(url, "flattr@receiver.example")
