"""Calendar months in UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receiver.domain.errors import BadMonth
from receiver.domain.month import Month

months = st.builds(Month, st.integers(2010, 2100), st.integers(1, 12))


def test_the_last_instant_of_a_month_is_of_it_and_the_next_is_not() -> None:
    february = Month(2028, 2)

    assert Month.of(february.end() - timedelta(microseconds=1)) == february
    assert Month.of(february.end()) == Month(2028, 3)


def test_an_evening_in_new_york_can_be_of_the_next_month() -> None:
    new_york = timezone(timedelta(hours=-5))

    assert Month.of(datetime(2026, 12, 31, 20, tzinfo=new_york)) == Month(2027, 1)


@given(months, st.integers(-100, 100))
def test_going_forth_and_back_is_standing_still(month: Month, steps: int) -> None:
    assert month.plus(steps).plus(-steps) == month
    assert month.months_until(month.plus(steps)) == steps
    assert (month.plus(steps) > month) == (steps > 0)


@given(months)
def test_a_month_is_read_as_it_is_written(month: Month) -> None:
    assert Month.parse(str(month)) == month == Month.numbered(month.number)
    assert month.start() == datetime(month.year, month.month, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-9", "2026-13", "2026-00", "1999-12", "9999-01", "2026-09-01", "٢٠٢٦-٠٩"]
)
def test_other_texts_are_no_months(text: str) -> None:
    with pytest.raises(BadMonth):
        Month.parse(text)
