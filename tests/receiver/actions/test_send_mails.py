"""The outbox: a mail that was queued goes out once, however the mail server and the receiver fall over."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select

from receiver.actions.send_mails import PAUSES, Posted, send_mails
from receiver.actions.sweep_expired import MAILS_KEPT, sweep_expired
from receiver.domain.errors import MailNotSent
from receiver.gateways.mail import Mailer, SmtpMailer
from receiver.store import schema
from receiver.store.mails import queue_mail
from tests.fakes.database import Books, Killed, MortalDatabase
from tests.fakes.mail import Outbox
from tests.fakes.smtp import MailServer, free_port
from tests.receiver.cast import Stage

ROSA = "rosa@reads.example"
STOP = {"List-Unsubscribe": "<https://flattr.example/mails/stop/A1b2_->"}

Send = Callable[..., Posted]


@pytest.fixture
def send(stage: Stage) -> Send:
    def send(mailer: Mailer = stage.outbox) -> Posted:
        return send_mails(stage.db, mailer, clock=lambda: stage.now)

    return send


def by(server: MailServer) -> SmtpMailer:
    return SmtpMailer(server.url, "Flattr <flattr@receiver.example>")


def queue(stage: Stage, *, to: str = ROSA, text: str = "You gave 10.00 EUR.\n", **more: Any) -> int:
    with stage.db.writing() as connection:
        return queue_mail(connection, to=to, subject="Your September", text=text, now=stage.now, **more)


def kept(stage: Stage) -> list[Row[Any]]:
    with stage.db.reading() as connection:
        return list(connection.execute(select(schema.mails).order_by(schema.mails.c.id)))


def test_a_queued_mail_is_sent_once_and_its_words_are_forgotten(stage: Stage, send: Send) -> None:
    queue(stage, headers=STOP)

    with MailServer() as server:
        assert send(by(server)) == Posted(sent=1)
        assert send(by(server)) == Posted()

    (message,) = server.messages
    assert server.bodies == [([ROSA], "You gave 10.00 EUR.\r\n")]
    assert message["Subject"] == "Your September"
    assert message["List-Unsubscribe"] == STOP["List-Unsubscribe"]
    (mail,) = kept(stage)
    assert (mail.sent_at, mail.text, mail.headers) == (stage.now, None, None)


def test_a_mail_is_queued_with_the_deed_that_it_tells_of_or_not_at_all(stage: Stage, send: Send) -> None:
    def deed() -> None:
        with stage.db.writing() as connection:
            queue_mail(connection, to=ROSA, subject="Your September", text="…", now=stage.now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        deed()

    assert send() == Posted()
    assert kept(stage) == []


def test_what_waited_while_the_mail_server_was_down_is_sent_when_it_is_up(stage: Stage, send: Send) -> None:
    port = free_port()
    mailer = SmtpMailer(f"smtp://127.0.0.1:{port}", "flattr@receiver.example")
    for name in ("rosa", "rui", "carla"):
        queue(stage, to=f"{name}@reads.example")

    assert send(mailer) == Posted()
    assert {(mail.tries, mail.failure) for mail in kept(stage)} == {(1, "ConnectionRefusedError")}
    with MailServer(port=port) as server:
        assert send(mailer) == Posted(), "not before a minute is over"
        stage.now += timedelta(minutes=1)
        assert send(mailer) == Posted(sent=3)

    assert [to for to, _ in server.bodies] == [["rosa@reads.example"], ["rui@reads.example"], ["carla@reads.example"]]
    assert {mail.failure for mail in kept(stage)} == {None}


def test_a_mail_that_was_sent_but_not_noted_comes_again_and_can_be_recognised(
    books: Books, home: Any, stage: Stage, send: Send
) -> None:
    queue(stage)
    mortal = MortalDatabase(books.open(home), at_commit=2)  # the first says that a try begins

    with MailServer() as server:
        with pytest.raises(Killed):
            send_mails(mortal, by(server), clock=lambda: stage.now)
        mortal.close()
        assert send(by(server)) == Posted(), "another process leaves it alone for a minute"
        stage.now += timedelta(minutes=1)
        assert send(by(server)) == Posted(sent=1)
        stage.now += timedelta(days=9)
        assert send(by(server)) == Posted()

    first, second = server.messages
    assert first["Message-ID"] == second["Message-ID"]


def test_each_mail_has_a_name_of_its_own(stage: Stage, send: Send) -> None:
    queue(stage)
    queue(stage)

    with MailServer() as server:
        send(by(server))

    names = [message["Message-ID"] for message in server.messages]
    assert len(set(names)) == 2
    assert all(name.endswith("@receiver.example>") for name in names)


def test_after_ten_tries_in_three_days_a_mail_is_dead(stage: Stage, send: Send) -> None:
    queue(stage)
    began_at, stage.outbox.is_down = stage.now, True

    for pause in PAUSES:
        assert send() == Posted()
        stage.now += pause - timedelta(seconds=1)
        assert send() == Posted()
        stage.now += timedelta(seconds=1)
    assert send() == Posted(given_up=1)
    stage.outbox.is_down = False
    stage.now += timedelta(days=9)

    assert send() == Posted()
    assert stage.outbox.mails == []
    (mail,) = kept(stage)
    assert (mail.tries, mail.failure, mail.text) == (10, "it is down", "You gave 10.00 EUR.\n")
    assert timedelta(days=2, hours=20) < mail.dead_at - began_at < timedelta(days=3)


def test_all_that_waits_for_a_server_that_stays_away_is_dead_after_three_days(stage: Stage, send: Send) -> None:
    for _ in range(5):
        queue(stage)
    stage.outbox.is_down = True

    given_up = [send().given_up]
    for pause in PAUSES:
        stage.now += pause
        given_up.append(send().given_up)

    assert given_up == [0] * 9 + [5]


def test_a_mail_that_nobody_takes_does_not_stand_in_the_way_of_others(stage: Stage, send: Send) -> None:
    class Choosy(MailServer):
        async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd asks for it by this name
            if address != ROSA:
                return f"550 no {address} here"
            envelope.rcpt_tos.append(address)
            return "250 known"

    queue(stage, to="nobody@reads.example")
    queue(stage, headers={"X-Two": "a line\nand another"})  # no mail can be written so
    queue(stage)

    with Choosy() as server:
        assert send(by(server)) == Posted(sent=1)

    assert [to for to, _ in server.bodies] == [[ROSA]]
    assert [mail.failure for mail in kept(stage)] == ["SMTPRecipientsRefused 550", "ValueError", None]


@pytest.mark.parametrize("takes_mails", [True, False])
def test_a_slow_server_holds_housekeeping_for_a_minute_and_the_rest_waits(
    takes_mails: bool, stage: Stage, send: Send
) -> None:
    class Slow(Outbox):
        def send(self, **mail: Any) -> None:
            stage.now += timedelta(seconds=25)
            if not takes_mails:
                raise MailNotSent("the mail could not be sent", failure="TimeoutError")
            super().send(**mail)

    slow = Slow()
    for number in range(7):
        queue(stage, to=f"reader{number}@reads.example")
    began_at = stage.now

    send(slow)

    assert stage.now - began_at == timedelta(seconds=75)
    assert [mail.tries for mail in kept(stage)] == [1, 1, 1, 0, 0, 0, 0]
    send(slow)
    assert [mail.tries for mail in kept(stage)][3:6] == [1, 1, 1], "the longest waiting come first"


def test_two_processes_send_a_mail_once(stage: Stage, send: Send) -> None:
    class Impatient(Outbox):
        """While it takes a mail, somebody runs `flattr-receiver keep-house` beside the receiver."""

        def send(self, **mail: Any) -> None:
            send(stage.outbox)
            super().send(**mail)

    impatient = Impatient()
    queue(stage)
    queue(stage)

    assert send(impatient) == Posted(sent=1), "the other one is sent by the other process"

    assert len(impatient.mails) == len(stage.outbox.mails) == 1
    assert [mail.tries for mail in kept(stage)] == [1, 1]


def test_a_mail_is_forgotten_a_month_after_its_end_and_never_before(stage: Stage, send: Send) -> None:
    queue(stage)
    send()
    stage.outbox.is_down = True
    queue(stage, to="dead@reads.example")
    for pause in (timedelta(), *PAUSES):
        stage.now += pause
        send()
    died_at = stage.now
    stage.now += timedelta(days=28)
    queue(stage, to="waits@reads.example")

    def left_at(moment: datetime) -> list[str]:
        sweep_expired(stage.db, now=moment)
        return [mail.recipient for mail in kept(stage)]

    assert left_at(died_at + MAILS_KEPT) == ["dead@reads.example", "waits@reads.example"]
    assert left_at(died_at + MAILS_KEPT + timedelta(seconds=1)) == ["waits@reads.example"]
    assert left_at(died_at + 12 * MAILS_KEPT) == ["waits@reads.example"]
