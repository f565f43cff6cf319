"""Leaving: everything about a person can be taken along, then the person goes and the books stay."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from receiver.actions.check_books import check_books
from receiver.actions.close_month import close_month
from receiver.actions.leave import leave
from receiver.actions.list_waiting_sites import list_waiting_sites
from receiver.actions.share_site import accept_invitation, invite, show_memberships, show_team
from receiver.actions.sign_in import user_of_session
from receiver.actions.tell_everything import tell_everything
from receiver.domain.errors import (
    BadInput,
    BooksOutOfBalance,
    MonthClosing,
    NotAllowed,
    PastMonthOpen,
    ProofNeeded,
    SignInNeeded,
    StillOwed,
)
from receiver.domain.month import Month
from receiver.store import months
from receiver.store.personal_rows import LEAVING_BY_COLUMN, columns_of_users
from receiver.store.schema import (
    clicks,
    gifts,
    mails,
    metadata,
    pledges,
    reader_settlements,
    subscriptions,
    team_invitations,
    team_members,
)
from tests.fakes.database import Books, dump
from tests.receiver.cast import Blog, Person, Stage, at

SEPTEMBER = Month(2026, 9)


def leaves(person: Person, email: str = "") -> None:
    stage = person.stage
    leave(stage.db, stage.rules, session=person.session, email=email or person.user.email, now=stage.now)


def signs_in_anew(person: Person) -> Person:
    return Person(person.stage, person.user, person.stage.sign_in(person.user.email).session)


@pytest.fixture
def rosa_who_gave_all(stage: Stage, rosa: Person, rui: Person, bread: Blog, radio: Blog) -> Person:
    """Read in September with subscriptions, an application and a gift; the month closed and took all she had."""
    rosa.clicks(*bread.posts("rye spelt oats buns"), *radio.posts("valves coils knobs"))
    rui.pays("5.00")
    rui.clicks(bread.post("rye"))
    rosa.subscribes(bread.post("rye"))
    rosa.gives(radio.post("valves"), "1.00")
    rosa.connects()
    rosa.pledges("10.00")
    stage.close(SEPTEMBER)
    return signs_in_anew(rosa)


def test_every_table_that_names_a_user_says_what_becomes_of_its_rows() -> None:
    named = {f"{column.table.name}.{column.name}" for column in columns_of_users()}

    assert named == set(LEAVING_BY_COLUMN)


def test_nothing_of_a_person_is_left_but_the_books(rosa_who_gave_all: Person, stage: Stage) -> None:
    rosa = rosa_who_gave_all

    leaves(rosa)

    everything = dump(stage.db)
    assert "rosa" not in everything
    with stage.db.reading() as connection:
        for table in (clicks, subscriptions):
            assert connection.execute(select(table).where(table.c.reader_id == rosa.user.id)).all() == []
        for table in (pledges, reader_settlements):
            assert connection.execute(select(table).where(table.c.reader_id == rosa.user.id)).all() != []
        given = connection.execute(select(gifts.c.thing_id).where(gifts.c.reader_id == rosa.user.id))
        assert given.scalars().all() == [None]
    assert user_of_session(stage.db, rosa.session, stage.now) is None


def test_old_addresses_go_too_and_mails_to_who_has_them_now_stay(rui: Person, stage: Stage) -> None:
    rui.moves_to("rui@new.example")
    stage.now += timedelta(days=8)
    stage.person("rui@reads.example").moves_to("other@new.example")
    left = stage.person("rui@new.example")

    leaves(left)

    everything = dump(stage.db)
    assert "rui@new.example" not in everything
    with stage.db.reading() as connection:
        kept = connection.execute(select(mails.c.recipient, mails.c.queued_at)).all()
    assert [tuple(row) for row in kept] == [("rui@reads.example", stage.now)]


def test_the_books_balance_and_still_explain_what_everybody_got(
    rosa_who_gave_all: Person, stage: Stage, carla: Person
) -> None:
    before = carla.income(SEPTEMBER).total

    leaves(rosa_who_gave_all)

    check_books(stage.db)
    assert carla.income(SEPTEMBER).total == before


def test_books_changed_behind_the_back_of_who_left_are_found(
    rosa_who_gave_all: Person, stage: Stage, books: Books, home: object
) -> None:
    """The check that excuses missing clicks excuses just the sum which the one who left gave."""
    rosa = rosa_who_gave_all
    leaves(rosa)
    check_books(stage.db)
    stage.db.close()
    books.tamper(home, "update thing_settlements set readers = readers + 1 where readers = 1")

    tampered = books.open(home)
    with pytest.raises(BooksOutOfBalance, match="have left"):
        check_books(tampered)
    tampered.close()
    books.tamper(home, "update thing_settlements set readers = readers - 1 where readers = 2"
                 " and amount_micros < 2500000")  # fmt: skip


def test_the_address_is_free_for_a_new_person(rosa_who_gave_all: Person, stage: Stage) -> None:
    leaves(rosa_who_gave_all)

    new = stage.person(rosa_who_gave_all.user.email)

    assert new.user.id != rosa_who_gave_all.user.id
    assert new.month(SEPTEMBER).lines == []


def test_the_months_after_close_as_if_nothing_had_happened(
    rosa_who_gave_all: Person, stage: Stage, rui: Person, bread: Blog
) -> None:
    leaves(rosa_who_gave_all)
    rui.pays("5.00")
    signs_in_anew(rui).clicks(bread.post("rye"))

    stage.now = at("2026-11-02")
    close_month(stage.db, stage.rules, Month(2026, 10), now=stage.now)

    check_books(stage.db)


def test_clicks_of_the_open_month_go_too(stage: Stage, rui: Person, bread: Blog, carla: Person) -> None:
    waiting = carla.registers("https://waits.example/", is_approved=False).post("rye")
    rui.clicks(bread.post("rye"), waiting)

    leaves(rui)

    with stage.db.reading() as connection:
        assert connection.execute(select(clicks)).all() == []
    stage.close(SEPTEMBER)
    check_books(stage.db)


def test_other_peoples_clicks_stay_where_they_are(stage: Stage, rosa: Person, rui: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    rui.clicks(bread.post("rye"))

    leaves(rui)

    assert rosa.month(SEPTEMBER).counting == 1


def test_funds_are_paid_back_first(rosa: Person) -> None:
    before = dump(rosa.stage.db)
    with pytest.raises(StillOwed, match=r"10\.00 EUR of what you paid in is left"):
        leaves(rosa)
    assert dump(rosa.stage.db) == before

    rosa.is_refunded("10.00")
    leaves(rosa)


def test_less_than_the_smallest_coin_stays(rosa_who_gave_all: Person, rui: Person, stage: Stage) -> None:
    """The rest of a pot is micros, which nobody can pay back."""
    assert 0 < rosa_who_gave_all.month(Month(2026, 10)).funds.total < 10_000

    leaves(rosa_who_gave_all)


def test_earnings_are_paid_out_first_or_given(stage: Stage, rosa: Person, carla: Person, bread: Blog) -> None:
    rosa.pays("10.00")
    rosa.pledges("20.00")
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)
    stage.now = at("2026-10-10")
    carla = signs_in_anew(carla)
    with pytest.raises(StillOwed, match="that you earned is left"):
        leaves(carla)

    carla.reuses("2.00")
    carla.is_paid_out()
    with pytest.raises(StillOwed, match="can only be given"):
        leaves(carla)


def test_a_creator_whose_site_has_clicks_of_an_open_month_waits(
    stage: Stage, rosa: Person, carla: Person, bread: Blog
) -> None:
    rosa.clicks(bread.post("rye"))
    with pytest.raises(StillOwed, match=r"https://bread\.example/ has clicks of a month"):
        leaves(carla)

    bread.is_withdrawn()
    leaves(carla)


def test_gifts_that_wait_count_as_income(rosa: Person, carla: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    rosa.undoes(rosa.clicks(rye))
    rosa.gives(rye, "1.00")

    with pytest.raises(StillOwed):
        leaves(carla)


def test_sites_of_who_left_take_no_more_clicks(stage: Stage, rosa: Person, carla: Person, bread: Blog) -> None:
    leaves(carla)

    with pytest.raises(Exception, match="retired"):
        rosa.clicks(bread.post("rye"))
    with pytest.raises(NotAllowed, match="has left"):
        bread.is_approved()
    assert list_waiting_sites(stage.db) == []
    other = stage.person("cora@writes.example").registers("https://bread.example/", title="Bread again")
    assert rosa.clicks(other.post("rye")).is_new


@pytest.mark.parametrize("email", ["", "x", "rui@reads.exampl", "rosa@reads.example"])
def test_the_address_is_typed_to_be_sure(rui: Person, email: str) -> None:
    with pytest.raises(BadInput):
        leaves(rui, email or " ")


def test_who_leaves_signed_in_just_now_or_proved_it(rui: Person) -> None:
    rui.stage.now += timedelta(minutes=11)
    with pytest.raises(ProofNeeded):
        leaves(rui)
    with pytest.raises(SignInNeeded):
        leave(rui.stage.db, rui.stage.rules, session="", email=rui.user.email, now=rui.stage.now)

    leaves(rui.proves())


def test_nobody_leaves_while_a_month_is_being_closed_or_waits_for_it(stage: Stage, rui: Person, bread: Blog) -> None:
    rui.clicks(bread.post("rye"))
    stage.now = at("2026-10-01")
    rui = signs_in_anew(rui)
    with pytest.raises(PastMonthOpen):
        leaves(rui)
    with stage.db.writing() as connection:
        months.set_closing(connection, SEPTEMBER, stage.now)

    with pytest.raises(MonthClosing):
        leaves(rui)


def test_everything_about_a_reader_is_told(rosa_who_gave_all: Person, stage: Stage) -> None:
    told = tell_everything(stage.db, user=rosa_who_gave_all.user, now=stage.now)
    tables = told["tables"]

    assert json.loads(json.dumps(told)) == told
    assert tables["users"][0]["email"] == "rosa@reads.example"
    assert {row["thing_url"] for row in tables["clicks"]} >= {"https://bread.example/rye/"}
    assert tables["reader_settlements"][0]["month"] == "2026-09"
    assert [row["amount_micros"] for row in tables["gifts"]] == [1_000_000]
    assert sum(row["in_micros"] - row["out_micros"] for row in told["bookings"] if row["place"] == "fresh") == sum(
        row["balance_micros"] for row in tables["places"] if row["kind"] == "fresh"
    )
    assert not [name for rows in tables.values() for row in rows for name in row if name.endswith("_hash")]
    assert rosa_who_gave_all.session not in json.dumps(told)


def test_a_creator_is_told_what_things_got_and_never_who_gave(
    rosa_who_gave_all: Person, stage: Stage, cem: Person
) -> None:
    told = tell_everything(stage.db, user=cem.user, now=stage.now)

    (income,) = told["income"]
    assert income["total_micros"] == cem.income(SEPTEMBER).total
    assert [thing["amount_micros"] for thing in income["things"]] == [None] * 3, "fewer than three readers"
    assert "reader_id" not in {name for row in told["tables"].get("clicks", []) for name in row}
    assert rosa_who_gave_all.user.email not in json.dumps(told)
    assert [site["scope"] for site in told["tables"]["sites"]] == ["https://radio.example/notes/"]
    assert [key["generation"] for key in told["tables"]["site_keys"]] == [1]


def test_nobody_is_told_about_others(rosa_who_gave_all: Person, stage: Stage, rui: Person) -> None:
    told = tell_everything(stage.db, user=rui.user, now=stage.now)

    owners = {
        row[name]
        for rows in told["tables"].values()
        for row in rows
        for name in ("user_id", "reader_id", "owner_id", "creator_id")
        if name in row
    }
    assert owners == {rui.user.id}
    assert set(told["tables"]) <= set(metadata.tables)


def test_who_leaves_is_in_no_team_and_their_own_teams_end(carla: Person, cem: Person, bread: Blog) -> None:
    db, now, site = carla.stage.db, carla.stage.now, bread.key.site
    invite(db, owner=carla.user, site=site, email=cem.user.email, parts=1, now=now)
    (invited,) = show_memberships(db, user=cem.user).invited
    accept_invitation(db, user=cem.user, team=invited.invitation.team, parts=1, now=now)

    leaves(signs_in_anew(cem))

    assert [member.user for member in show_team(db, user=carla.user, site=site).members] == [carla.user.id]


def test_an_owner_who_leaves_leaves_no_team_behind(carla: Person, cem: Person, bread: Blog) -> None:
    db, now, site = carla.stage.db, carla.stage.now, bread.key.site
    invite(db, owner=carla.user, site=site, email=cem.user.email, parts=1, now=now)
    (invited,) = show_memberships(db, user=cem.user).invited
    accept_invitation(db, user=cem.user, team=invited.invitation.team, parts=1, now=now)
    invite(db, owner=carla.user, site=site, email="otto@receiver.example", parts=1, now=now)

    leaves(signs_in_anew(carla))

    assert show_memberships(db, user=cem.user).sites == []
    with db.reading() as connection:
        assert connection.execute(select(team_members)).all() == []
        assert connection.execute(select(team_invitations)).all() == []
