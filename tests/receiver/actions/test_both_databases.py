"""The same history on SQLite and on PostgreSQL ends in the same books."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.database import PostgresBooks, SqliteBooks, books_of
from tests.receiver.actions import deeds
from tests.receiver.actions.twin import Twin, Twins


@pytest.fixture(scope="session")
def both(sqlite_books: SqliteBooks, postgres_books: PostgresBooks) -> tuple[Twins, Twins]:
    return Twins(sqlite_books), Twins(postgres_books)


busy_month = st.tuples(
    st.lists(st.tuples(deeds.people, deeds.cents), min_size=1, max_size=5),
    st.lists(st.tuples(deeds.people, deeds.pledges), min_size=1, max_size=5),
    st.lists(st.tuples(deeds.people, deeds.pages), min_size=3, max_size=20),
    st.lists(deeds.deed, max_size=15),
)


@settings(max_examples=settings.default.max_examples // 5)
@given(st.lists(busy_month, min_size=1, max_size=3))
def test_a_random_history_ends_in_the_same_books(both: tuple[Twins, Twins], history: list[Any]) -> None:
    ends = []
    for twins in both:
        with twins.one() as twin:
            for month in history:
                _live(twin, *month)
            ends.append(books_of(twin.stage.db))

    assert ends[0] == ends[1]


def _live(twin: Twin, payments: Any, pledges: Any, clicks: Any, others: Any) -> None:
    for who, cents in payments:
        twin.pays(who, cents)
    for who, cents in pledges:
        twin.pledges(who, cents)
    for who, page in clicks:
        twin.clicks(who, page)
    for name, *arguments in others:
        getattr(twin, name)(*arguments)
    twin.passes(31)
    twin.closes()
    twin.compare()
