# ruff: noqa: E501 - one deed, one line
"""What the database refuses by itself, whoever asks: here somebody with a SQL shell on the writer's connection."""

from collections.abc import Iterator

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from receiver.actions.check_books import check_books
from receiver.domain.month import Month
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys
from receiver.store.postgres import PostgresDatabase
from receiver.store.sqlite import SqliteDatabase
from tests.fakes.database import Books, dump
from tests.fakes.mail import Outbox
from tests.receiver.cast import Stage, at

AUGUST, SEPTEMBER = 202608, 202609


@pytest.fixture(scope="module")
def lived(books: Books) -> Iterator[Database]:
    """Books with a closed August, an open September, money in every place, and pending clicks; opened by their owner.

    Every test leaves them as they were, because every transaction is rolled back.
    """
    db = books.open_as_owner(books.begin())
    stage = Stage(db, MasterKeys({1: bytes(32)}), Outbox(), now=at("2026-08-03"))
    rosa, rui, carla, cem = (stage.person(f"{name}@example.org") for name in ("rosa", "rui", "carla", "cem"))
    bread, later = (
        carla.registers("https://bread.example/"),
        carla.registers("https://later.example/", is_approved=False),
    )
    rosa.pledges("10.00")
    rosa.pays("10.00")
    rosa.clicks(bread.post("rye"), later.post("pending"))
    carla.shares(bread, cem, 2)
    rosa.pays("1.00")
    rosa.gives(bread.post("rye"), "1.00")
    rui.clicks(bread.post("rye"))
    stage.close(Month(2026, 8))
    stage.now = at("2026-09-12")
    carla.reuses("1.00")
    rosa.pays("10.00")
    rosa.clicks(bread.post("spelt"))
    rosa.gives(bread.post("rye"), "1.00")
    before = dump(db)
    yield db
    check_books(db)
    assert dump(db) == before
    db.close()


REFUSED = {
    "a negative posting": "insert into postings values ((select max(id) from entries), 9, 1, 2, -5)",
    "a posting of nothing": "insert into postings values ((select max(id) from entries), 9, 1, 2, 0)",
    "a posting with one place": "insert into postings values ((select max(id) from entries), 9, 1, 1, 5)",
    "a posting without a source": "insert into postings values ((select max(id) from entries), 9, null, 1, 5)",
    "a posting to nowhere": "insert into postings values ((select max(id) from entries), 9, 1, 999, 5)",
    "a posting of half a micro": "insert into postings values ((select max(id) from entries), 9, 1, 2, 0.5)",
    "a posting of a text": "insert into postings values ((select max(id) from entries), 9, 1, 2, 'five')",
    "a posting without an entry": "insert into postings values (999, 0, 1, 2, 5)",
    "a posting into an old entry": "insert into postings values (1, 9, 1, 2, 5)",
    "overspending": "insert into postings select max(id), 9, (select max(id) from places where kind = 'earned'),"
    " (select id from places where kind = 'cut'), 1000000000 from entries",
    "overspending, ignored": "insert or ignore into postings select max(id), 9,"
    " (select max(id) from places where kind = 'earned'), (select id from places where kind = 'cut'), 1000000000"
    " from entries",
    "a changed posting": "update postings set amount_micros = 1",
    "a replaced posting": "insert or replace into postings select entry_id, position, source_id, target_id, 1"
    " from postings limit 1",
    "a deleted posting": "delete from postings",
    "a changed entry": "update entries set kind = 'gift'",
    "a replaced entry": "insert or replace into entries select * from entries limit 1",
    "a deleted entry": "delete from entries",
    "an entry booked twice": "insert into entries (kind, key, month, booked_at, note, postings)"
    " select kind, key, month, booked_at, note, postings from entries limit 1",
    "a place that begins with money": "insert into places (name, kind, balance_micros) values ('rail:x', 'rail', 5)",
    "a place in debt": "update places set balance_micros = -1 where kind = 'fresh'",
    "a place with a fraction": "update places set balance_micros = balance_micros + 0.5",
    "a place that changes hands": "update places set owner_id = 2 where kind = 'fresh'",
    "a place under a wrong name": "insert into places (name, kind, owner_id, balance_micros)"
    " values ('fresh:2', 'earned', 2, 0)",
    "a replaced place": "insert or replace into places (id, name, kind, owner_id, balance_micros)"
    " select id, name, kind, owner_id, 0 from places",
    "a deleted place": "delete from places",
    "a changed movement": "update rail_movements set amount_micros = 1",
    "a deleted movement": "delete from rail_movements",
    "a movement told twice": "insert into rail_movements select * from rail_movements limit 1",
    "a changed settlement of a reader": "update reader_settlements set share_micros = 1",
    "a replaced settlement of a reader": "insert or replace into reader_settlements select * from reader_settlements",
    "a deleted settlement of a reader": "delete from reader_settlements",
    "a late settlement of a reader": f"insert into reader_settlements values ({AUGUST}, 3, 0, 0, 0, 0, 0, 1, null)",
    "an early settlement of a reader": f"insert into reader_settlements values ({SEPTEMBER}, 3, 0, 0, 0, 0, 0, 1, null)",
    "a changed settlement of a thing": "update thing_settlements set readers = 7",
    "a deleted settlement of a thing": "delete from thing_settlements",
    "a deleted settlement of a creator": "delete from creator_settlements",
    "a changed settlement of a creator": "update creator_settlements set amount_micros = 1",
    "a click into a closed month": f"insert into clicks select {AUGUST}, 2, thing_id, source, clicked_at, null"
    f" from clicks where month = {SEPTEMBER}",
    "a click into a month that is not there": "insert into clicks select 203001, 2, thing_id, source, 1, null"
    " from clicks limit 1",
    "a click undone in a closed month": f"update clicks set undone_at = 1 where month = {AUGUST}",
    "a click moved into an open month": f"update clicks set month = {SEPTEMBER} where month = {AUGUST}",
    "a click passed on to somebody": f"update clicks set reader_id = 2 where month = {SEPTEMBER}",
    "a click on another thing": f"update clicks set thing_id = 1 where month = {SEPTEMBER}",
    "a replaced click": f"insert or replace into clicks select * from clicks where month = {SEPTEMBER}",
    "a deleted click": f"delete from clicks where month = {SEPTEMBER}",
    "a deleted click of a closed month": f"delete from clicks where month = {AUGUST}",
    "a second click on the same thing": f"insert into clicks select month, reader_id, thing_id, source, 1, null"
    f" from clicks where month = {SEPTEMBER}",
    "a click from nowhere": f"insert into clicks select month, 2, thing_id, 'telepathy', 1, null"
    f" from clicks where month = {SEPTEMBER}",
    "a carried click moved": "update carried_clicks set thing_id = 1",
    "a carried click deleted": "delete from carried_clicks",
    "a click carried back": f"insert into carried_clicks select {SEPTEMBER}, 2, thing_id, {SEPTEMBER}, null"
    " from carried_clicks",
    "a closed month reopened": f"update months set state = 'open', closing_at = null, closed_at = null"
    f" where month = {AUGUST}",
    "a closed month closing again": f"update months set state = 'closing', closed_at = null where month = {AUGUST}",
    "a month closed without closing": f"update months set state = 'closed', closing_at = 1, closed_at = 1"
    f" where month = {SEPTEMBER}",
    "a closed month with another instant": f"update months set closed_at = 1 where month = {AUGUST}",
    "a month that begins closed": "insert into months (month, state, closing_at, closed_at) values (203001, 'closed', 1, 1)",
    "a month before a closed one": "insert into months (month, state) values (202601, 'open')",
    "a month renamed": f"update months set month = 203001 where month = {SEPTEMBER}",
    "a month replaced": f"insert or replace into months (month, state) values ({AUGUST}, 'open')",
    "a month deleted": "delete from months",
    "an open month forgotten": f"update months set forgotten_at = 1 where month = {SEPTEMBER}",
    "a gift into a closed month": f"insert into gifts select 99, reader_id, thing_id, {AUGUST}, 5, 'x', 1, null from gifts",
    "a gift of less than nothing": f"insert into gifts select 99, reader_id, thing_id, {SEPTEMBER}, -5, 'x', 1, null from gifts",
    "a gift made larger": "update gifts set amount_micros = 2000000",
    "a gift to nothing": f"insert into gifts select 99, reader_id, null, {SEPTEMBER}, 5, 'x', 1, null from gifts",
    "a gift whose thing is forgotten too early": "update gifts set thing_id = null",
    "a gift sent twice": f"insert into gifts select 99, reader_id, thing_id, {SEPTEMBER}, 5, form, 1, null from gifts",
    "a site that moves": "update sites set scope = 'https://elsewhere.example/'",
    "a deleted gift": "delete from gifts",
    "a pledge for a closed month": f"insert into pledges values (2, {AUGUST}, 5000000)",
    "a changed pledge of a closed month": f"update pledges set amount_micros = 1 where month = {AUGUST}",
    "a moved pledge": f"update pledges set month = 203001 where month = {AUGUST}",
    "a deleted pledge": "delete from pledges",
    "a replaced pledge of a closed month": f"insert or replace into pledges select * from pledges where month = {AUGUST}",
    "a second verified site of one scope": "insert into sites select 'another222', 2, scope, title, 1, 1, 'operator', '',"
    " null"
    " from sites where verified_at is not null",
    "a site verified by nobody": "update sites set verified_at = 1 where verified_at is null",
    "a user deleted": "delete from users",
    "a site divided by another's team": "update sites set team_id = (select id from teams) where verified_at is null",
    "a site divided by no team": "update sites set team_id = 999",
    "a team that moves": "update teams set site_id = (select id from sites where verified_at is null)",
    "a deleted team": "delete from teams",
    "a member without a part": "update team_members set parts = 0",
    "a member who becomes another": "update team_members set user_id = 2 where user_id = 4",
    "a changed settlement of a team": "update team_settlements set amount_micros = 1",
    "a deleted settlement of a team": "delete from team_settlements",
    "a late settlement of a team": f"insert into team_settlements (month, team_id, creator_id, parts, amount_micros)"
    f" select {AUGUST}, id, 2, 1, 1 from teams",
    "a changed part of a gift": "update gift_parts set amount_micros = 1",
    "a deleted part of a gift": "delete from gift_parts",
    "a late part of a gift": f"insert into gift_parts (gift_id, month, team_id, creator_id, parts, amount_micros)"
    f" select max(gift_id), {AUGUST}, max(team_id), 2, 1, 1 from gift_parts",
    "a float in a count": "update things set hidden = 0.5",
}  # fmt: skip


SPARE_ENTRY = (
    "insert into entries (kind, key, month, booked_at, note, postings) values ('payment', 'spare', 202609, 0, '', 10)"
)


# A number with a fraction is rounded by PostgreSQL before anybody can look at it.
ONLY_SQLITE = {"a posting of half a micro", "a place with a fraction", "a float in a count"}


@pytest.mark.parametrize("deed", REFUSED)
def test_the_database_refuses(lived: Database, deed: str) -> None:
    if not _is_spoken(lived, REFUSED[deed]) or (deed in ONLY_SQLITE and isinstance(lived, PostgresDatabase)):
        return
    with pytest.raises(DBAPIError) as refused, lived.writing() as connection:  # noqa: PT012 - one transaction
        connection.exec_driver_sql(SPARE_ENTRY)  # with room for more postings, so that only the deed is wrong
        connection.exec_driver_sql(REFUSED[deed])
    assert isinstance(refused.value, IntegrityError) or "invalid input syntax" in str(refused.value)


def _is_spoken(db: Database, deed: str) -> bool:
    """Tell whether this database knows the words: `insert or replace` is SQLite's alone."""
    return isinstance(db, SqliteDatabase) or not deed.startswith("insert or")


WHILE_CLOSING = {
    "a click": f"insert into clicks select {SEPTEMBER}, 2, thing_id, source, clicked_at, null from clicks limit 1",
    "an undone click": f"update clicks set undone_at = 1 where month = {SEPTEMBER}",
    "a gift taken back": f"update gifts set taken_back_at = 1 where month = {SEPTEMBER}",
    "a carried click withdrawn": f"update carried_clicks set undone_at = 1 where month = {SEPTEMBER}",
    "a pledge": f"insert into pledges values (2, {SEPTEMBER}, 5000000)",
    "a site verified": "update sites set verified_at = 1, verified_by = 'operator' where verified_at is null",
    "a site withdrawn": "update sites set verified_at = null, verified_by = null",
    "a site that changes hands": "update sites set owner_id = 1",
    "a part that changes": "update team_members set parts = parts + 1",
    "a new member": "insert into team_members (team_id, user_id, parts, joined_at) select id, 2, 1, 1 from teams",
    "a member who leaves": "delete from team_members",
    "a site that is not divided any more": "update sites set team_id = null",
    "a thing that is paid to another site": "update things set paid_site_id ="
    " (select id from sites where sites.id <> things.paid_site_id)",
    "the month opened again": f"update months set state = 'open', closing_at = null where month = {SEPTEMBER}",
}


@pytest.mark.parametrize("deed", WHILE_CLOSING)
def test_while_a_month_closes_the_database_refuses(lived: Database, deed: str) -> None:
    with pytest.raises(IntegrityError), lived.writing() as connection:  # noqa: PT012 - one transaction
        connection.exec_driver_sql(f"update months set state = 'closing', closing_at = 1 where month = {SEPTEMBER}")
        connection.exec_driver_sql(WHILE_CLOSING[deed])


def test_the_clicks_of_a_closed_month_can_be_forgotten_as_a_whole(lived: Database) -> None:
    with lived.writing() as connection:
        connection.exec_driver_sql(f"update months set forgotten_at = 1 where month = {AUGUST}")
        connection.exec_driver_sql(f"delete from clicks where month = {AUGUST}")
        left = connection.exec_driver_sql("select month, count(*) from clicks group by month").all()
        connection.rollback()

    assert [tuple(row) for row in left] == [(SEPTEMBER, 1)]


def test_a_whole_number_written_as_a_float_is_kept_as_a_whole_number(lived: Database) -> None:
    with lived.writing() as connection:
        connection.exec_driver_sql(SPARE_ENTRY)
        connection.exec_driver_sql(
            "insert into postings select max(id), 0, (select id from places where kind = 'rail'),"
            " (select id from places where kind = 'cut'), 5.0 from entries"
        )
        kept = connection.exec_driver_sql(
            "select amount_micros from postings where entry_id = (select max(id) from entries)"
        ).scalar_one()
        connection.rollback()

    assert type(kept) is int
