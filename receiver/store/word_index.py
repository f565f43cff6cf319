"""The index of words by which things are found: FTS5 in a file, a tsvector on PostgreSQL.

Triggers keep it (`migrations/`), from the words that `things.py` and `sites.py` write and from who is paid for a thing.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, Select, bindparam, column, literal_column, select, table
from sqlalchemy.dialects.postgresql import TSVECTOR

from receiver.domain.search import Term
from receiver.store.dialects import is_postgresql
from receiver.store.schema import Whole, sites

_IN_FILE: Final = table("thing_search", column("rowid", Whole))
_ON_SERVER: Final = table("thing_search", column("thing_id", Whole), column("words", TSVECTOR()))


class WordIndex(NamedTuple):
    """Where to look, the things that are found there, and on which condition."""

    source: FromClause
    thing_id: ColumnElement[int]
    is_found: ColumnElement[bool]

    def things(self) -> Select[Any]:
        return select(self.thing_id).select_from(self.source).where(self.is_found)


def look_for(connection: Connection, terms: Sequence[Term]) -> WordIndex:
    """Find the things that have all terms, of which there is one at least."""
    assert terms
    if is_postgresql(connection):
        query = " & ".join(f"'{term.word}'" + (":*" if term.is_beginning else "") for term in terms)
        is_found: Any = _ON_SERVER.c.words.op("@@")(
            bindparam("words", query, unique=True).op("::")(literal_column("tsquery"))
        )
        return WordIndex(_ON_SERVER, _ON_SERVER.c.thing_id, is_found)
    query = " ".join(f'"{term.word}"' + ("*" if term.is_beginning else "") for term in terms)
    return WordIndex(_IN_FILE, _IN_FILE.c.rowid, literal_column("thing_search").op("match")(query))


def site_has(terms: Iterable[Term]) -> list[ColumnElement[bool]]:
    """Return the conditions on which a site itself has all terms: there are few sites, so each is looked at.

    No character of a word is a wildcard.
    """
    words = literal_column("' '").op("||")(sites.c.words).op("||")(literal_column("' '"))
    return [words.like(f"% {term.word}{'' if term.is_beginning else ' '}%") for term in terms]
