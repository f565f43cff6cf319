"""PostgreSQL: who may do what, who waits for whom, and what is said when the server is not there."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError, ProgrammingError

from receiver.domain.errors import BadSettings, BooksBusy, BooksUnreachable
from receiver.domain.month import Month
from receiver.store import months, postgres, users
from receiver.store.postgres import PostgresDatabase
from tests.fakes import postgres as fake
from tests.fakes.database import APPLICATION, OWNER, PostgresBooks, dump
from tests.receiver.cast import Blog, Person, Stage, at

NOW = at("2026-09-03")
SEPTEMBER = Month(2026, 9)


@pytest.fixture(scope="session")
def books(postgres_books: PostgresBooks) -> PostgresBooks:
    """Only this kind, in this file."""
    return postgres_books


@pytest.fixture
def other(books: PostgresBooks, home: Any) -> Iterator[PostgresDatabase]:
    """The same books, as a second receiver has them."""
    db = books.open(home)
    yield db
    db.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "LOCK_WAIT_S", 0.1)


def add_user(db: PostgresDatabase, email: str = "rosa@example.org") -> None:
    with db.writing() as connection:
        users.add(connection, email=email, name="Rosa", now=NOW)


def add_click(driver: Any, reader: int, thing: int) -> None:
    driver.execute(
        "insert into clicks (month, reader_id, thing_id, source, clicked_at) values (202609, %s, %s, 'page', 1)",
        [reader, thing],
    )


@pytest.mark.parametrize(
    "deed",
    [
        "update entries set kind = 'gift'",
        "delete from entries",
        "truncate entries cascade",
        "update postings set amount_micros = 1",
        "delete from postings",
        "update places set balance_micros = balance_micros + 1",
        "update rail_movements set amount_micros = 1",
        "delete from rail_movements",
        "update reader_settlements set share_micros = 1",
        "delete from thing_settlements",
        "update creator_settlements set amount_micros = 1",
        "delete from users",
        "delete from months",
        "update clicks set reader_id = 1",
        "update clicks_202609 set undone_at = null",
        "insert into clicks_202609 values (202609, 1, 1, 'page', 1, null)",
        "update sites set scope = 'https://other.example/'",
        "update sites set owner_id = 1",
        "update constants set value = 'USD'",
        "update alembic_version set version_num = '0001'",
        "alter table entries disable trigger all",
        "drop trigger entries_update on entries",
        "drop table entries cascade",
        "create table mine (id int)",
        "create or replace function postings_insert() returns trigger language plpgsql as 'begin return null; end'",
    ],
)
def test_the_application_may_add_to_the_books_and_never_change_them(
    db: PostgresDatabase, rosa: Person, bread: Blog, deed: str
) -> None:
    rosa.clicks(bread.post("rye"))
    before = dump(db)

    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), db.writing() as connection:
        connection.exec_driver_sql(deed)

    assert dump(db) == before


def test_deeds_of_two_receivers_are_done_one_at_a_time(
    db: PostgresDatabase, books: PostgresBooks, home: Any, impatient: None
) -> None:
    other = books.open(home)
    with db.writing() as connection:
        users.add(connection, email="rosa@example.org", name="Rosa", now=NOW)
        with pytest.raises(BooksBusy):
            add_user(other)

    add_user(other, "rui@example.org")
    other.close()


def test_clicks_go_on_during_a_deed(stage: Stage, rosa: Person, bread: Blog, other: PostgresDatabase) -> None:
    rosa.clicks(bread.post("rye"), bread.post("spelt"))
    thing = bread.post("spelt").thing
    rui = stage.person("rui@reads.example")

    with stage.db.writing(), other.clicking() as driver:
        add_click(driver, rui.user.id, thing)

    assert len(rui.month(SEPTEMBER).lines) == 1


def test_a_month_closes_after_the_clicks_that_are_under_way_and_before_all_others(
    stage: Stage, rosa: Person, bread: Blog, other: PostgresDatabase
) -> None:
    rosa.clicks(bread.post("rye"))
    thing = bread.post("rye").thing
    rui, cem = stage.person("rui@reads.example"), stage.person("cem@writes.example")
    order = []

    def begin_to_close() -> None:
        with stage.db.writing() as connection:
            months.set_closing(connection, SEPTEMBER, NOW)
        order.append("closing")

    closing = threading.Thread(target=begin_to_close)
    with other.clicking() as driver:
        add_click(driver, rui.user.id, thing)
        closing.start()
        while not _somebody_waits(other):
            pass
        order.append("clicked")
    closing.join()

    assert order == ["clicked", "closing"]
    with pytest.raises(IntegrityError, match="month is not open"), other.clicking() as driver:
        add_click(driver, cem.user.id, thing)


def _somebody_waits(db: PostgresDatabase) -> bool:
    with db.reading() as connection:
        waiting = "select exists (select 1 from pg_locks where not granted)"
        return bool(connection.exec_driver_sql(waiting).scalar_one())


@pytest.mark.parametrize("column", ["reader_id", "thing_id"])
def test_a_click_is_of_somebody_on_something(stage: Stage, rosa: Person, bread: Blog, column: str) -> None:
    rosa.clicks(bread.post("rye"))
    known = {"reader_id": stage.person("rui@reads.example").user.id, "thing_id": bread.post("rye").thing}
    wrong = known | {column: 999}

    with pytest.raises(IntegrityError, match="a click is of a reader"), stage.db.clicking() as driver:
        add_click(driver, wrong["reader_id"], wrong["thing_id"])


def test_each_month_has_its_own_part_of_the_clicks(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))

    with stage.db.reading() as connection:
        found = connection.exec_driver_sql(
            "select inhrelid::regclass::text from pg_inherits where inhparent = 'clicks'::regclass order by 1"
        )
        parts = found.scalars().all()

    assert list(parts) == ["clicks_202609"]


def test_of_several_receivers_one_keeps_house(db: PostgresDatabase, other: PostgresDatabase) -> None:
    with db.leading() as first, other.leading() as second:
        both = (first, second)
    with other.leading() as afterwards:
        pass

    assert both == (True, False)
    assert afterwards


def test_reading_cannot_write(db: PostgresDatabase) -> None:
    with pytest.raises(Exception, match="read-only"), db.reading() as connection:
        users.add(connection, email="rosa@example.org", name="Rosa", now=NOW)


def test_a_reader_sees_one_moment_throughout(db: PostgresDatabase) -> None:
    with db.reading() as connection:
        before = users.find_by_email(connection, "rosa@example.org")
        add_user(db)
        after = users.find_by_email(connection, "rosa@example.org")

    assert (before, after) == (None, None)


def test_a_commit_is_on_the_disk_whatever_the_server_does_by_itself(db: PostgresDatabase) -> None:
    """The cluster of the tests has `synchronous_commit = off`, which may lose what was acknowledged."""
    with db.writing() as connection:
        assert connection.exec_driver_sql("show synchronous_commit").scalar_one() == "on"


def test_migrating_twice_changes_nothing(books: PostgresBooks, home: Any, db: PostgresDatabase) -> None:
    before = dump(db)
    owner = books.owner(home)

    owner.migrate()

    owner.close()
    assert dump(db) == before


def test_a_database_without_tables_says_who_makes_them(books: PostgresBooks) -> None:
    db = PostgresDatabase(books.cluster.url("postgres", role=APPLICATION))

    assert not db.has_books()
    with pytest.raises(BadSettings, match="flattr-receiver migrate"):
        db.migrate()
    db.close()


@pytest.mark.parametrize("url", ["mysql://a@b/c", "postgresql://host/only", "nonsense", "postgresql://a:secret@b"])
def test_an_address_that_is_none_is_refused_without_telling_the_password(url: str) -> None:
    with pytest.raises(BadSettings, match="FLATTR_DATABASE_URL") as refused:
        PostgresDatabase(url)

    assert "secret" not in str(refused.value)


def test_a_server_that_went_away_is_named_and_found_again() -> None:
    if fake.binaries() is None:
        pytest.skip(fake.MISSING)
    with fake.cluster() as cluster:
        cluster.sql(f"create role {OWNER} login; create role {APPLICATION} login")
        cluster.sql(f"create database books owner {OWNER}")
        url = cluster.url("books", role=APPLICATION)
        db = PostgresDatabase(url, owner_url=cluster.url("books", role=OWNER))
        db.migrate()
        add_user(db, "first@example.org")

        cluster.stop()
        with pytest.raises(BooksUnreachable):
            add_user(db)
        with pytest.raises(BooksUnreachable), db.reading():
            pass
        cluster.start()

        add_user(db)
        db.close()


def test_no_error_of_the_database_tells_about_a_person(db: PostgresDatabase) -> None:
    add_user(db)

    with pytest.raises(IntegrityError) as caught:
        add_user(db)

    assert "rosa" not in str(caught.value)
