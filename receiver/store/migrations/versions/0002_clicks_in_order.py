"""Clicks lie in the order in which a month is closed, named by what they are; pots are booked many to an entry."""

import sqlalchemy as sa
from alembic import op

from receiver.store.migrations.refusing import INTEGRITY, Text, Whole, define, is_postgresql, refuse

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NOT_OPEN = "not exists (select 1 from months where month = new.month and state = 'open')"


def upgrade() -> None:
    if is_postgresql():
        op.drop_table("clicks")  # empty: PostgreSQL begins with this version
        _create_clicks("clicks")
        op.create_index(op.f("ix_clicks_month_thing_id"), "clicks", ["month", "thing_id"], unique=False)
        _make_partitions_with_months()
        _require_open_months_and_known_rows()
    else:
        _create_clicks("new_clicks")
        op.execute(
            "insert into new_clicks select month, reader_id, thing_id, source, clicked_at, undone_at from clicks"
        )
        op.drop_table("clicks")
        op.rename_table("new_clicks", "clicks")
        refuse("clicks_insert_open", "insert on clicks", "month is not open", when=NOT_OPEN)
    op.create_index(op.f("ix_places_owner_id_kind"), "places", ["owner_id", "kind"], unique=False)
    _refuse_rewritten_clicks()
    _book_many_pots_at_once()


def _create_clicks(name: str) -> None:
    """On PostgreSQL without foreign keys, which would look up each row by itself: a trigger looks at all at once."""
    keys = (
        sa.ForeignKeyConstraint(["month"], ["months.month"], name=op.f("fk_clicks_month")),
        sa.ForeignKeyConstraint(["reader_id"], ["users.id"], name=op.f("fk_clicks_reader_id")),
        sa.ForeignKeyConstraint(["thing_id"], ["things.id"], name=op.f("fk_clicks_thing_id")),
    )
    op.create_table(
        name,
        sa.Column("month", Whole, nullable=False),
        sa.Column("reader_id", Whole, nullable=False),
        sa.Column("thing_id", Whole, nullable=False),
        sa.Column("source", Text, nullable=False),
        sa.Column("clicked_at", Whole, nullable=False),
        sa.Column("undone_at", Whole, nullable=True),
        sa.CheckConstraint("source in ('page', 'application', 'subscription')", name=op.f("ck_clicks_source")),
        *(() if is_postgresql() else keys),
        sa.PrimaryKeyConstraint("month", "reader_id", "thing_id", name=op.f("pk_clicks")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
        postgresql_partition_by="list (month)",
    )


def _make_partitions_with_months() -> None:
    define(
        "months_begin",
        "after insert on months for each row",
        # Attached, not created in place, which would wait for whoever reads clicks and keep all others waiting.
        "begin execute format('create table clicks_%s (like clicks including constraints)', new.month);"
        " execute format('alter table clicks attach partition clicks_%s for values in (%s)', new.month, new.month);"
        " return null; end",
        as_owner=True,
    )
    define(
        "months_forget",
        "after update of forgotten_at on months for each row when (new.forgotten_at is not null)",
        "begin execute format('truncate clicks_%s', new.month); return null; end",
        as_owner=True,
    )


def _require_open_months_and_known_rows() -> None:
    """Hold the months still until the clicks are committed, so that none slips into a month that begins to close."""
    define(
        "clicks_insert_open",
        "after insert on clicks referencing new table as inserted for each statement",
        "begin"
        " perform 1 from months where month in (select month from inserted) for share;"
        " if exists (select 1 from inserted left join months on months.month = inserted.month and state = 'open'"
        " where months.month is null) then"
        f" raise exception 'month is not open' using errcode = '{INTEGRITY}'; end if;"
        " if exists (select 1 from inserted left join users on users.id = reader_id left join things on"
        " things.id = thing_id where users.id is null or things.id is null) then"
        f" raise exception 'a click is of a reader on a thing' using errcode = '{INTEGRITY}'; end if;"
        " return null; end",
    )


def _look_up_bookings_at_once() -> None:
    """A close adds hundreds of rows in a statement; foreign keys would look each of their ends up by itself."""
    for table, columns in {
        "postings": ("entry_id", "source_id", "target_id"),
        "reader_settlements": ("month", "reader_id", "entry_id"),
    }.items():
        for column in columns:
            op.drop_constraint(f"fk_{table}_{column}", table, type_="foreignkey")
    _require_known_rows(
        "postings",
        "not exists (select 1 from entries where id = new.entry_id)"
        " or not exists (select 1 from places where id = new.source_id)"
        " or not exists (select 1 from places where id = new.target_id)",
    )
    _require_known_rows(
        "reader_settlements",
        "not exists (select 1 from users where id = new.reader_id)"
        " or (new.entry_id is not null and not exists (select 1 from entries where id = new.entry_id))",
    )


def _require_known_rows(table: str, when: str) -> None:
    refuse(f"{table}_known", f"insert on {table}", f"{table} are of what is there", when=when)


def _refuse_rewritten_clicks() -> None:
    refuse("clicks_update_open", "update on clicks", "month is not open", when=NOT_OPEN)
    refuse("clicks_move", "update of month, reader_id, thing_id on clicks", "a click stays what it was")
    refuse(
        "clicks_delete",
        "delete on clicks",
        "clicks are undone, and only forgotten with their whole month",
        when="not exists (select 1 from months where month = old.month and forgotten_at is not null)",
    )


def _book_many_pots_at_once() -> None:
    """Let an entry book the pots of many readers."""
    if is_postgresql():
        op.drop_constraint("uq_reader_settlements_entry_id", "reader_settlements", type_="unique")
        _look_up_bookings_at_once()
        return
    amounts = ("pledge_micros", "from_earned_micros", "from_fresh_micros", "fee_micros", "share_micros")
    op.create_table(
        "new_settlements",
        sa.Column("month", Whole, nullable=False),
        sa.Column("reader_id", Whole, nullable=False),
        *(sa.Column(name, Whole, nullable=False) for name in amounts),
        sa.Column("things", Whole, nullable=False),
        sa.Column("entry_id", Whole, nullable=True),
        sa.CheckConstraint(
            "(share_micros > 0) = (entry_id is not null)", name=op.f("ck_reader_settlements_booked_if_funded")
        ),
        sa.CheckConstraint(
            "share_micros * things = from_earned_micros + from_fresh_micros",
            name=op.f("ck_reader_settlements_equal_shares"),
        ),
        sa.CheckConstraint(
            "from_earned_micros + from_fresh_micros + fee_micros <= pledge_micros",
            name=op.f("ck_reader_settlements_within_pledge"),
        ),
        *(
            sa.CheckConstraint(f"{name} >= 0", name=op.f(f"ck_reader_settlements_{name}_not_negative"))
            for name in amounts
        ),
        sa.CheckConstraint("things > 0", name=op.f("ck_reader_settlements_things")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_reader_settlements_entry_id")),
        sa.ForeignKeyConstraint(["month"], ["months.month"], name=op.f("fk_reader_settlements_month")),
        sa.ForeignKeyConstraint(["reader_id"], ["users.id"], name=op.f("fk_reader_settlements_reader_id")),
        sa.PrimaryKeyConstraint("month", "reader_id", name=op.f("pk_reader_settlements")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute("insert into new_settlements select * from reader_settlements")
    op.drop_table("reader_settlements")
    op.rename_table("new_settlements", "reader_settlements")
    for verb in ("update", "delete"):
        refuse(
            f"reader_settlements_{verb}",
            f"{verb} on reader_settlements",
            f"reader_settlements are never {verb}d; book a new entry",
        )
    refuse(
        "reader_settlements_insert_closing",
        "insert on reader_settlements",
        "a month is settled while it is closing, and then never again",
        when="not exists (select 1 from months where month = new.month and state = 'closing')",
    )
