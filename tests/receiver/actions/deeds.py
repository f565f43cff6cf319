"""What people may do to a twin, as hypothesis draws it."""

from hypothesis import strategies as st

from tests.receiver.actions.twin import PAGES, PEOPLE

people = st.integers(0, PEOPLE - 1)
pages = st.integers(0, PAGES - 1)
numbers = st.integers(0, 9)
sites = st.integers(0, 2)
parts = st.sampled_from([1, 2, 3, 7, 1_000])
pledges = st.sampled_from([199, 200, 237, 500, 1_000, 10_000, 10_001])
cents = st.sampled_from([1, 2, 3, 33, 101, 200, 333, 777, 1_000, 2_500, 9_999])

deed = st.one_of(
    *[st.tuples(st.just("clicks"), people, pages)] * 6,
    *[st.tuples(st.just("pays"), people, cents)] * 2,
    *[st.tuples(st.just("pledges"), people, pledges)] * 2,
    *[st.tuples(st.just("passes"), st.sampled_from([1, 9, 15, 31]))] * 2,
    *[st.tuples(st.just("closes"))] * 2,
    st.tuples(st.just("undoes"), people, pages),
    st.tuples(st.just("withdraws_carried"), people, pages),
    st.tuples(st.just("is_refunded"), people, cents),
    st.tuples(st.just("approves"), st.integers(0, 2)),
    st.tuples(st.just("withdraws_site"), st.integers(0, 2)),
    st.tuples(st.just("gives"), people, pages, cents),
    st.tuples(st.just("takes_back"), numbers),
    st.tuples(st.just("subscribes"), people, pages, st.sampled_from([None, 3, 6])),
    st.tuples(st.just("changes_subscription"), numbers, st.sampled_from(["pause", "resume", "stop"])),
    *[st.tuples(st.just("shares"), sites, people, parts)] * 2,
    st.tuples(st.just("changes_parts"), sites, numbers, parts),
    st.tuples(st.just("parts_with"), sites, numbers),
    st.tuples(st.just("clicks_subscriptions")),
    st.tuples(st.just("reuses"), st.sampled_from([3, 4]), cents),
    st.tuples(st.just("is_paid_out"), st.sampled_from([3, 4])),
)
