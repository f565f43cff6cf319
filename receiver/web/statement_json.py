"""A statement for machines; docs/http.md describes it."""

from typing import Any

from receiver.actions.state_month import GiftLine, ReaderLine, ReaderStatement
from receiver.domain.money import Currency
from receiver.domain.thing import Thing


def statement_as_json(statement: ReaderStatement, currency: Currency) -> dict[str, Any]:
    """Return a statement in whole micros: the shares of `clicks`, what `gifts` gave and `fee_micros` add up to
    `taken_micros`."""
    return {
        "month": str(statement.month),
        "state": statement.state.value,
        "currency": currency.code,
        "pledge_micros": statement.pledge,
        "things": statement.counting,
        "share_micros": statement.share,
        "given_micros": statement.given,
        "fee_micros": statement.fee,
        "taken_micros": statement.taken,
        "is_forgotten": statement.is_forgotten,
        "clicks": [_click(line) for line in statement.lines],
        "gifts": [_gift(gift) for gift in statement.gifts],
    }


def _click(line: ReaderLine) -> dict[str, Any]:
    return {
        **_thing(line.thing),
        "state": line.state.value,
        "first_month": str(line.first_month),
        "share_micros": line.share,
    }


def _gift(gift: GiftLine) -> dict[str, Any]:
    return {
        **_thing(gift.thing),
        "state": gift.state,
        "given_micros": gift.given,
        "fee_micros": gift.fee,
    }


def _thing(thing: Thing | None) -> dict[str, str | None]:
    return {"title": thing.title if thing else None, "url": thing.url if thing else None}
