"""Keep the currency of the books: it is decided when they begin."""

from receiver.domain.errors import BadSettings
from receiver.domain.money import Currency
from receiver.store import constants
from receiver.store.database import Database


def keep_currency(db: Database, currency: Currency) -> None:
    """Note the currency of new books; refuse another one for old books.  Raises BadSettings."""
    with db.reading() as connection:
        kept = constants.find(connection, "currency")
    if kept is None:
        with db.writing() as connection:
            kept = constants.find(connection, "currency")  # somebody else may have begun the books meanwhile
            if kept is None:
                constants.add(connection, "currency", currency.code)
                return
    if kept != currency.code:
        raise BadSettings([f"FLATTR_CURRENCY: these books are in {kept}, and a receiver keeps its currency"])
