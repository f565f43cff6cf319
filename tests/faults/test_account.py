"""The proof itself finds what it is there to find."""

from tests.fakes.senders import Click, Result, Sending, Witness
from tests.faults.account import Tally

RYE, OATS = Click(202609, 1, "https://bread.example/rye/"), Click(202609, 1, "https://bread.example/oats/")


def witness_of(click: Click, *results: Result) -> Witness:
    """Return a witness who saw a click sent once for each answer."""
    witness = Witness()
    for result in results:
        sending = Sending((click,), "/webhooks/clicks", b"", {})
        witness.note_sending(sending)
        witness.note_answer(sending, [result], has_retry_after=result.status == 503)
    return witness


def tally_of(witness: Witness, there: dict[Click, int]) -> Tally:
    tally = Tally()
    tally.add_account("round", witness, there)
    return tally


def test_a_click_that_is_there_as_acknowledged_is_no_fault() -> None:
    assert tally_of(witness_of(RYE, Result(200, "a"), Result(200, "a")), {RYE: 1}).faults == []


def test_a_refused_click_may_be_there_or_not() -> None:
    witness = witness_of(RYE, Result(503, None))

    assert tally_of(witness, {}).faults == []
    assert tally_of(witness, {RYE: 1}).faults == []


def test_an_acknowledged_click_that_is_gone_is_found() -> None:
    tally = tally_of(witness_of(RYE, Result(200, "a")), {})

    assert (tally.lost, len(tally.faults)) == (1, 1)


def test_a_click_that_gets_another_receipt_is_found() -> None:
    tally = tally_of(witness_of(RYE, Result(200, "a"), Result(200, "b")), {RYE: 1})

    assert len(tally.faults) == 1


def test_a_click_that_is_there_twice_is_found() -> None:
    tally = tally_of(witness_of(RYE, Result(200, "a")), {RYE: 2})

    assert (tally.doubled, len(tally.faults)) == (1, 1)


def test_a_click_that_nobody_sent_is_found() -> None:
    assert len(tally_of(witness_of(RYE, Result(200, "a")), {RYE: 1, OATS: 1}).faults) == 1


def test_a_503_that_does_not_say_when_to_come_back_is_found() -> None:
    witness, sending = Witness(), Sending((RYE,), "/webhooks/clicks", b"", {})

    witness.note_answer(sending, [Result(503, None)], has_retry_after=False)

    assert witness.faults == ["a 503 without Retry-After"]
