"""Mail out: handed over, or said in the log without a word about anybody."""

import logging
from typing import Any

import pytest

from receiver.domain.errors import BadSettings, MailNotSent
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
