"""Months drawn at random: the receiver's books against a model without a database, to the micro."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.fakes.database import SqliteBooks
from tests.receiver.actions import deeds
from tests.receiver.actions.twin import Twin, Twins


@pytest.fixture(scope="session")
def twins(sqlite_books: SqliteBooks) -> Twins:
    """On the faster database; `test_both_databases.py` holds the other to it."""
    return Twins(sqlite_books)


busy_month = st.tuples(
    st.lists(st.tuples(deeds.people, deeds.cents), min_size=1, max_size=5),
    st.lists(st.tuples(deeds.people, deeds.pledges), min_size=1, max_size=5),
    st.lists(st.tuples(deeds.people, deeds.pages), min_size=3, max_size=25),
    st.lists(deeds.deed, max_size=10),
)


@settings(max_examples=settings.default.max_examples // 4)
@given(st.lists(busy_month, min_size=1, max_size=5))
def test_busy_months_are_settled_as_the_model_says(twins: Twins, months: list[Any]) -> None:
    with twins.one() as twin:
        for payments, pledges, clicks, deeds_of_month in months:
            for who, cents in payments:
                twin.pays(who, cents)
            for who, cents in pledges:
                twin.pledges(who, cents)
            for who, page in clicks:
                twin.clicks(who, page)
            for name, *arguments in deeds_of_month:
                getattr(twin, name)(*arguments)
            twin.passes(31)
            twin.closes()
            twin.compare()


@given(st.lists(deeds.deed, min_size=5, max_size=60))
def test_any_deeds_in_any_order_keep_books_and_model_alike(twins: Twins, story: list[Any]) -> None:
    with twins.one() as twin:
        for name, *arguments in story:
            getattr(twin, name)(*arguments)
        twin.passes(31)
        twin.closes()
        twin.compare()


def test_no_deed_at_any_moment_unbalances_the_books(twins: Twins, tmp_path) -> None:
    class Life(RuleBasedStateMachine):
        """The same deeds, but the books are checked after every single one."""

        def __init__(self) -> None:
            super().__init__()
            self._opened = twins.one()
            self.twin: Twin = self._opened.__enter__()

        def teardown(self) -> None:
            self._opened.__exit__(None, None, None)

        @invariant()
        def is_in_balance(self) -> None:
            self.twin.compare()

    for name, drawn in {
        "clicks": [deeds.people, deeds.pages],
        "pays": [deeds.people, deeds.cents],
        "pledges": [deeds.people, deeds.pledges],
        "passes": [st.sampled_from([1, 9, 31])],
        "closes": [],
        "undoes": [deeds.people, deeds.pages],
        "withdraws_carried": [deeds.people, deeds.pages],
        "is_refunded": [deeds.people, deeds.cents],
        "approves": [st.integers(0, 2)],
        "withdraws_site": [st.integers(0, 2)],
        "gives": [deeds.people, deeds.pages, deeds.cents],
        "takes_back": [deeds.numbers],
        "subscribes": [deeds.people, deeds.pages, st.sampled_from([None, 3])],
        "changes_subscription": [deeds.numbers, st.sampled_from(["pause", "resume", "stop"])],
        "shares": [deeds.sites, deeds.people, deeds.parts],
        "changes_parts": [deeds.sites, deeds.numbers, deeds.parts],
        "parts_with": [deeds.sites, deeds.numbers],
        "clicks_subscriptions": [],
        "reuses": [st.sampled_from([3, 4]), deeds.cents],
        "is_paid_out": [st.sampled_from([3, 4])],
    }.items():
        setattr(Life, name, _rule(name, drawn))

    run_state_machine_as_test(
        Life, settings=settings(max_examples=settings.default.max_examples // 4, stateful_step_count=40)
    )


def _rule(name: str, drawn: list[Any]) -> Callable[..., None]:
    def do(self: Any, **arguments: Any) -> None:
        getattr(self.twin, name)(*(arguments[key] for key in sorted(arguments)))

    return rule(**{f"argument{number}": strategy for number, strategy in enumerate(drawn)})(do)
