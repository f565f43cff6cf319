"""The directory finds things by their words, counts what many clicked, and keeps the public sums of closed months."""

import json

import sqlalchemy as sa
from alembic import op

from receiver.domain.search import words_of_site, words_of_thing
from receiver.store.migrations.refusing import Text, Whole, define, is_postgresql, refuse

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# What the index says of a thing: its own words, those of its site, and its site.  Why: docs/decisions/0023.
WORDS = "things.words || ' ' || sites.words || ' §s' || sites.id"
OF_THING = "from things join sites on sites.id = things.paid_site_id where things.id = new.id"
IS_OTHER = "new.words <> old.words or new.paid_site_id <> old.paid_site_id"


def upgrade() -> None:
    for table in ("things", "sites"):
        op.add_column(table, sa.Column("words", Text, nullable=False, server_default=""))
    _say_words_of_what_is_there()
    if is_postgresql():
        _index_on_server()
    else:
        _index_in_file()
    op.create_index(
        "ix_things_language",
        "things",
        ["language"],
        unique=False,
        sqlite_where=sa.text("hidden = 0"),
        postgresql_where=sa.text("hidden = 0"),
    )
    op.create_index(
        "ix_things_original",
        "things",
        ["original"],
        unique=False,
        sqlite_where=sa.text("original is not null"),
        postgresql_where=sa.text("original is not null"),
    )
    _count_what_many_clicked()
    _keep_public_sums()


def _say_words_of_what_is_there() -> None:
    connection = op.get_bind()
    sites = connection.exec_driver_sql("select id, title, scope from sites").all()
    for site, title, scope in sites:
        connection.execute(
            sa.text("update sites set words = :words where id = :id"),
            {"words": words_of_site(title, scope), "id": site},
        )
    things = connection.exec_driver_sql("select id, title, language, category, tags from things").all()
    words = [
        {"id": thing, "words": words_of_thing(title, language=language, category=category, tags=json.loads(tags))}
        for thing, title, language, category, tags in things
    ]
    if words:
        connection.execute(sa.text("update things set words = :words where id = :id"), words)


def _index_in_file() -> None:
    # `ascii` parts words at spaces, for every other character of ours is a letter, a digit or none of ASCII.
    op.execute("create virtual table thing_search using fts5(words, tokenize = 'ascii')")
    op.execute(
        f"insert into thing_search (rowid, words) select things.id, {WORDS}"
        " from things join sites on sites.id = things.paid_site_id"
    )
    add = f"insert into thing_search (rowid, words) select things.id, {WORDS} {OF_THING};"
    op.execute(f"create trigger things_words_insert after insert on things begin {add} end")
    op.execute(
        f"create trigger things_words_update after update of words, paid_site_id on things when {IS_OTHER}"
        f" begin delete from thing_search where rowid = new.id; {add} end"
    )
    op.execute(
        "create trigger things_words_delete after delete on things"
        " begin delete from thing_search where rowid = old.id; end"
    )
    op.execute(
        "create trigger sites_words_update after update of words on sites when new.words <> old.words begin"
        f" update thing_search set words = (select {WORDS} from things join sites on sites.id = things.paid_site_id"
        " where things.id = thing_search.rowid)"
        " where rowid in (select id from things where paid_site_id = new.id); end"
    )


def _index_on_server() -> None:
    op.create_table(
        "thing_search",
        sa.Column("thing_id", Whole, autoincrement=False, nullable=False),
        sa.Column("words", sa.dialects.postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(["thing_id"], ["things.id"], name=op.f("fk_thing_search_thing_id"), ondelete="cascade"),
        sa.PrimaryKeyConstraint("thing_id", name=op.f("pk_thing_search")),
    )
    vector = f"array_to_tsvector(array_remove(string_to_array({WORDS}, ' '), ''))"
    of_all = "from things join sites on sites.id = things.paid_site_id"
    op.execute(f"insert into thing_search (thing_id, words) select things.id, {vector} {of_all}")
    op.create_index("ix_thing_search_words", "thing_search", ["words"], unique=False, postgresql_using="gin")
    put = f"insert into thing_search (thing_id, words) select things.id, {vector} {of_all}"
    anew = " on conflict (thing_id) do update set words = excluded.words; return null; end"
    of_one = f"begin {put} where things.id = new.id{anew}"
    define("things_words_insert", "after insert on things for each row", of_one, as_owner=True)
    define(
        "things_words_update",
        f"after update of words, paid_site_id on things for each row when ({IS_OTHER})",
        of_one,
        as_owner=True,
    )
    define(
        "sites_words_update",
        "after update of words on sites for each row when (new.words <> old.words)",
        f"begin {put} where sites.id = new.id{anew}",
        as_owner=True,
    )


def _count_what_many_clicked() -> None:
    op.create_table(
        "clicked_things",
        sa.Column("thing_id", Whole, autoincrement=False, nullable=False),
        sa.Column("clicks", Whole, nullable=False),
        sa.CheckConstraint("clicks >= 3", name=op.f("ck_clicked_things_clicks")),
        sa.ForeignKeyConstraint(["thing_id"], ["things.id"], name=op.f("fk_clicked_things_thing_id")),
        sa.PrimaryKeyConstraint("thing_id", name=op.f("pk_clicked_things")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_clicked_things_clicks_thing_id"), "clicked_things", ["clicks", "thing_id"], unique=False)
    op.execute(
        "insert into clicked_things (thing_id, clicks)"
        " select thing_id, sum(readers) from thing_settlements where readers >= 3 group by thing_id"
    )
    op.create_index(
        "ix_thing_settlements_shown",
        "thing_settlements",
        ["month", "readers", "thing_id"],
        unique=False,
        sqlite_where=sa.text("readers >= 3"),
        postgresql_where=sa.text("readers >= 3"),
    )


def _keep_public_sums() -> None:
    counts, sums = ("readers", "creators", "sites", "things", "clicks"), ("given_micros", "fee_micros")
    op.create_table(
        "month_statistics",
        sa.Column("month", Whole, autoincrement=False, nullable=False),
        *(sa.Column(name, Whole, nullable=False) for name in (*counts, *sums)),
        *(
            sa.CheckConstraint(f"{name} >= 0", name=op.f(f"ck_month_statistics_{name}_not_negative"))
            for name in (*counts, *sums)
        ),
        sa.ForeignKeyConstraint(["month"], ["months.month"], name=op.f("fk_month_statistics_month")),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_month_statistics")),
        sqlite_strict=True,
    )
    op.execute(
        "insert into month_statistics (month, readers, creators, sites, things, clicks, given_micros, fee_micros)"
        " select month,"
        " (select count(*) from (select reader_id from reader_settlements as r"
        " where r.month = months.month and share_micros > 0"
        " union select reader_id from gift_settlements as g join gifts on gifts.id = g.gift_id"
        " where g.month = months.month and given_micros > 0) as given),"
        " (select count(*) from (select creator_id from thing_settlements as t where t.month = months.month"
        " union select creator_id from gift_settlements as g where g.month = months.month and given_micros > 0)"
        " as got),"
        " (select count(distinct things.site_id) from thing_settlements as t join things on things.id = t.thing_id"
        " where t.month = months.month and readers >= 3),"
        " (select count(*) from thing_settlements as t where t.month = months.month and readers >= 3),"
        " (select coalesce(sum(readers), 0) from thing_settlements as t where t.month = months.month and readers >= 3),"
        " (select coalesce(sum(share_micros * things), 0) from reader_settlements as r where r.month = months.month)"
        " + (select coalesce(sum(given_micros), 0) from gift_settlements as g where g.month = months.month),"
        " (select coalesce(sum(r.fee_micros), 0) from reader_settlements as r where r.month = months.month)"
        " + (select coalesce(sum(g.fee_micros), 0) from gift_settlements as g where g.month = months.month)"
        " from months where state = 'closed'"
    )
    for verb in ("update", "delete"):
        refuse(f"month_statistics_{verb}", f"{verb} on month_statistics", "the sums of a closed month never change")
    refuse(
        "month_statistics_insert_closing",
        "insert on month_statistics",
        "the sums of a month are added while it is closing, and then never again",
        when="not exists (select 1 from months where month = new.month and state = 'closing')",
    )
