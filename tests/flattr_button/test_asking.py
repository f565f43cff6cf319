"""A receiver over the network: what it is sent, and what becomes of what it says."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from flattr_button import BadUrl, SiteKey, verify_webhook
from flattr_button.asking import ask, post_signed, require_answer, within
from flattr_button.faults import BadQuestion, ReceiverBusy, ReceiverRefused, ReceiverSilent
from flattr_button.question import Question
from tests.fakes.answering import answering

KEY = SiteKey("carlablog2", 3, b"5ca1ab1e" * 8)


def test_a_question_is_signed_and_holds_no_key() -> None:
    with answering(body={"counts": {}}) as receiver:
        answer = ask(KEY, receiver.url[:-1], "counts")

    ((method, path, body),) = receiver.requests
    (headers,) = receiver.headers_sent
    verify_webhook(KEY.secret, body, headers, now=datetime.now(UTC))
    assert (method, path, answer) == ("POST", "/webhooks/counts", {"counts": {}})
    assert Question.parse(body) == Question(asks="counts", receiver=receiver.url, site="carlablog2", generation=3)
    assert KEY.secret.decode() not in f"{body!r} {headers}"


@pytest.mark.parametrize("url", ["http://flattr.example/", "http://192.168.1.5:8000/", "ftp://flattr.example/", "x"])
def test_nobody_is_asked_where_others_could_answer(url: str) -> None:
    with pytest.raises(BadUrl):
        ask(KEY, url, "site")


def test_nobody_there_is_a_sentence() -> None:
    with pytest.raises(ReceiverSilent, match=r"http://127.0.0.1:9/ does not answer .*try again later"):
        ask(KEY, "http://127.0.0.1:9/", "site")


def test_a_receiver_that_never_answers_costs_the_time_out_and_no_more() -> None:
    with answering(is_silent=True) as receiver, pytest.raises(ReceiverSilent, match=r"no answer in 0\.2 seconds"):
        ask(KEY, receiver.url, "site", timeout_s=0.2)


@pytest.mark.parametrize(
    ("status", "body", "error", "message"),
    [
        (404, {"error": "UnknownSite", "message": "not known here"}, ReceiverRefused, "says: not known here"),
        (401, {"error": "WrongSignature", "message": "no"}, ReceiverRefused, "says: no"),
        (404, "<h1>Not Found</h1>", ReceiverRefused, "no Flattr receiver"),
        (404, {"detail": 1}, ReceiverRefused, "no Flattr receiver"),
        (405, "", ReceiverRefused, "no Flattr receiver"),
        (200, "<h1>Hello</h1>", ReceiverRefused, "no Flattr receiver"),
        (200, [], ReceiverRefused, "no Flattr receiver"),
        (200, "[" * 100_000, ReceiverRefused, "no Flattr receiver"),
        (503, {"error": "BooksBusy", "message": "busy"}, ReceiverBusy, "busy"),
        (429, {"error": "TooMany", "message": "wait"}, ReceiverBusy, "wait"),
        (502, "<h1>Bad Gateway</h1>", ReceiverBusy, "status 502"),
    ],
    ids=range(11),
)
def test_every_answer_has_its_error(status: int, body: Any, error: type[Exception], message: str) -> None:
    with answering(status=status, body=body) as receiver, pytest.raises(error, match=message) as refusal:
        post_signed(KEY, receiver.url, "webhooks/things", b"{}")

    assert isinstance(refusal.value, ReceiverSilent) == (error is ReceiverBusy)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_what_is_signed_for_a_receiver_is_sent_nowhere_else(status: int) -> None:
    with answering() as other, answering(status=status, headers={"Location": other.url}) as receiver:
        with pytest.raises(ReceiverRefused):
            ask(KEY, receiver.url, "site")
        with pytest.raises(ReceiverRefused):
            require_answer(receiver.url, "f/token")

    assert len(receiver.requests) == 2
    assert other.requests == []


def test_a_page_is_opened_without_a_signature() -> None:
    with answering(body="<h1>Confirm</h1>") as receiver:
        require_answer(receiver.url, "f/token")

    assert [request[:2] for request in receiver.requests] == [("GET", "/f/token")]
    assert "webhook-id" not in receiver.headers_sent[0]


def test_within_raises_what_was_raised() -> None:
    def fails() -> None:
        raise KeyError("it")

    with pytest.raises(KeyError):
        within(60, fails)
    assert within(60, lambda: None) is None


@pytest.mark.parametrize(
    "change",
    [
        {"asks": "secrets"},
        {"site": "Carla"},
        {"generation": 0},
        {"after": -1},
        {"after": 2**63},
        {"receiver": "https://Flattr.example/"},
        {"receiver": "flattr"},
        {"version": 2},
        {"generation": True},
        {"after": 1.0},
        {"more": 1},
    ],
    ids=str,
)
def test_what_is_no_question_is_refused(change: dict[str, Any]) -> None:
    question = Question(asks="things", receiver="https://flattr.example/", site="carlablog2", generation=1, after=7)
    fields = json.loads(question.body())

    assert Question.parse(json.dumps(fields).encode()) == question
    with pytest.raises(BadQuestion):
        Question.parse(json.dumps(fields | change).encode())
