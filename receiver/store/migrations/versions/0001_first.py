"""First schema: the tables, and what the database itself refuses."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from receiver.store.migrations.refusing import Text, Whole, define, is_postgresql, refuse

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SETTLEMENTS = ("reader_settlements", "thing_settlements", "creator_settlements", "gift_settlements")
IS_FORGOTTEN = "exists (select 1 from months where month = new.month and forgotten_at is not null)"
NOT_OPEN = "not exists (select 1 from months where month = new.month and state = 'open')"
IS_CLOSING = "exists (select 1 from months where state = 'closing')"


def upgrade() -> None:
    _create_tables()
    _refuse_changes()


def _create_tables() -> None:
    op.create_table(
        "constants",
        sa.Column("name", Text, nullable=False),
        sa.Column("value", Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_constants")),
        sqlite_strict=True,
    )
    op.create_table(
        "entries",
        sa.Column("id", Whole, nullable=False),
        sa.Column("kind", Text, nullable=False),
        sa.Column("key", Text, nullable=False),
        sa.Column("month", Whole, nullable=False),
        sa.Column("booked_at", Whole, nullable=False),
        sa.Column("note", Text, nullable=False),
        sa.Column("postings", Whole, nullable=False),
        sa.CheckConstraint("postings > 0", name=op.f("ck_entries_postings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("key", name=op.f("uq_entries_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "months",
        sa.Column("month", Whole, autoincrement=False, nullable=False),
        sa.Column("state", Text, nullable=False),
        sa.Column("subscribed_at", Whole, nullable=True),
        sa.Column("closing_at", Whole, nullable=True),
        sa.Column("closed_at", Whole, nullable=True),
        sa.Column("forgotten_at", Whole, nullable=True),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_months")),
        sa.CheckConstraint("state in ('open', 'closing', 'closed')", name=op.f("ck_months_state")),
        sa.CheckConstraint("(closing_at is null) = (state = 'open')", name=op.f("ck_months_closing_at")),
        sa.CheckConstraint("(closed_at is null) = (state <> 'closed')", name=op.f("ck_months_closed_at")),
        sa.CheckConstraint("forgotten_at is null or state = 'closed'", name=op.f("ck_months_forgotten_after_close")),
        sqlite_strict=True,
    )
    op.create_table(
        "nonces",
        sa.Column("purpose", Text, nullable=False),
        sa.Column("nonce", Text, nullable=False),
        sa.Column("expires_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("purpose", "nonce", name=op.f("pk_nonces")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_nonces_expires_at"), "nonces", ["expires_at"], unique=False)
    op.create_table(
        "sign_ins",
        sa.Column("browser_hash", Text, nullable=False),
        sa.Column("email", Text, nullable=False),
        sa.Column("code_hash", Text, nullable=False),
        sa.Column("return_to", Text, nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("expires_at", Whole, nullable=False),
        sa.Column("tries_left", Whole, nullable=False),
        sa.Column("used_at", Whole, nullable=True),
        sa.PrimaryKeyConstraint("browser_hash", name=op.f("pk_sign_ins")),
        sa.CheckConstraint("tries_left >= 0", name=op.f("ck_sign_ins_tries_left")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_sign_ins_email_created_at"), "sign_ins", ["email", "created_at"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", Whole, nullable=False),
        sa.Column("email", Text, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sqlite_strict=True,
    )
    op.create_table(
        "click_keys",
        sa.Column("id", Text, nullable=False),
        sa.Column("reader_id", Whole, nullable=False),
        sa.Column("label", Text, nullable=False),
        sa.Column("master", Whole, nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("revoked_at", Whole, nullable=True),
        sa.ForeignKeyConstraint(["reader_id"], ["users.id"], name=op.f("fk_click_keys_reader_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_click_keys")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_click_keys_reader_id"), "click_keys", ["reader_id"], unique=False)
    op.create_table(
        "creator_settlements",
        sa.Column("month", Whole, nullable=False),
        sa.Column("creator_id", Whole, nullable=False),
        sa.Column("amount_micros", Whole, nullable=False),
        sa.Column("entry_id", Whole, nullable=False),
        sa.ForeignKeyConstraint(["creator_id"], ["users.id"], name=op.f("fk_creator_settlements_creator_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_creator_settlements_entry_id")),
        sa.ForeignKeyConstraint(["month"], ["months.month"], name=op.f("fk_creator_settlements_month")),
        sa.PrimaryKeyConstraint("month", "creator_id", name=op.f("pk_creator_settlements")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_creator_settlements_entry_id")),
        sa.CheckConstraint("amount_micros > 0", name=op.f("ck_creator_settlements_amount_micros")),
        sqlite_strict=True,
    )
    op.create_table(
        "places",
        sa.Column("id", Whole, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("kind", Text, nullable=False),
        sa.Column("owner_id", Whole, nullable=True),
        sa.Column("balance_micros", Whole, nullable=False),
        sa.CheckConstraint(
            "(owner_id is not null) = (kind in ('fresh', 'reused', 'earned'))", name=op.f("ck_places_owner")
        ),
        sa.CheckConstraint("balance_micros >= 0 or kind = 'rail'", name=op.f("ck_places_covered")),
        sa.CheckConstraint(
            "case when kind = 'rail' then name like 'rail:_%'"
            " when owner_id is null then name = kind else name = kind || ':' || owner_id end",
            name=op.f("ck_places_name"),
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_places_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
        sa.UniqueConstraint("name", name=op.f("uq_places_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "pledges",
        sa.Column("reader_id", Whole, nullable=False),
        sa.Column("month", Whole, nullable=False),
        sa.Column("amount_micros", Whole, nullable=False),
        sa.ForeignKeyConstraint(["reader_id"], ["users.id"], name=op.f("fk_pledges_reader_id")),
        sa.PrimaryKeyConstraint("reader_id", "month", name=op.f("pk_pledges")),
        sa.CheckConstraint("amount_micros > 0", name=op.f("ck_pledges_amount_micros")),
        sqlite_strict=True,
    )
    op.create_table(
        "rail_movements",
        sa.Column("rail", Text, nullable=False),
        sa.Column("reference", Text, nullable=False),
        sa.Column("kind", Text, nullable=False),
        sa.Column("user_id", Whole, nullable=True),
        sa.Column("amount_micros", Whole, nullable=False),
        sa.Column("entry_id", Whole, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_rail_movements_entry_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_rail_movements_user_id")),
        sa.PrimaryKeyConstraint("rail", "reference", name=op.f("pk_rail_movements")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_rail_movements_entry_id")),
        sa.CheckConstraint("amount_micros > 0", name=op.f("ck_rail_movements_amount_micros")),
        sqlite_strict=True,
    )
    op.create_table(
        "reader_settlements",
        sa.Column("month", Whole, nullable=False),
        sa.Column("reader_id", Whole, nullable=False),
        sa.Column("pledge_micros", Whole, nullable=False),
        sa.Column("from_earned_micros", Whole, nullable=False),
        sa.Column("from_fresh_micros", Whole, nullable=False),
        sa.Column("fee_micros", Whole, nullable=False),
        sa.Column("share_micros", Whole, nullable=False),
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
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_reader_settlements_entry_id")),
        sa.ForeignKeyConstraint(["month"], ["months.month"], name=op.f("fk_reader_settlements_month")),
        sa.ForeignKeyConstraint(["reader_id"], ["users.id"], name=op.f("fk_reader_settlements_reader_id")),
        sa.PrimaryKeyConstraint("month", "reader_id", name=op.f("pk_reader_settlements")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_reader_settlements_entry_id")),
        sa.CheckConstraint("pledge_micros >= 0", name=op.f("ck_reader_settlements_pledge_micros_not_negative")),
        sa.CheckConstraint(
            "from_earned_micros >= 0",
            name=op.f("ck_reader_settlements_from_earned_micros_not_negative"),
        ),
        sa.CheckConstraint(
            "from_fresh_micros >= 0",
            name=op.f("ck_reader_settlements_from_fresh_micros_not_negative"),
        ),
        sa.CheckConstraint("fee_micros >= 0", name=op.f("ck_reader_settlements_fee_micros_not_negative")),
        sa.CheckConstraint("share_micros >= 0", name=op.f("ck_reader_settlements_share_micros_not_negative")),
        sa.CheckConstraint("things > 0", name=op.f("ck_reader_settlements_things")),
        sqlite_strict=True,
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", Text, nullable=False),
        sa.Column("user_id", Whole, nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("expires_at", Whole, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
        sqlite_strict=True,
    )
    op.create_table(
        "sites",
        sa.Column("id", Text, nullable=False),
        sa.Column("owner_id", Whole, nullable=False),
        sa.Column("scope", Text, nullable=False),
        sa.Column("title", Text, nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("verified_at", Whole, nullable=True),
        sa.Column("verified_by", Text, nullable=True),
        sa.CheckConstraint("(verified_at is null) = (verified_by is null)", name=op.f("ck_sites_verified_by_someone")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_sites_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_sites_owner_id"), "sites", ["owner_id"], unique=False)
    op.create_index("uq_sites_verified_scope", "sites", ["scope"], unique=True, **_where("verified_at is not null"))
    op.create_table(
        "postings",
        sa.Column("entry_id", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("source_id", Whole, nullable=False),
        sa.Column("target_id", Whole, nullable=False),
        sa.Column("amount_micros", Whole, nullable=False),
        sa.CheckConstraint("source_id <> target_id", name=op.f("ck_postings_two_places")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_postings_entry_id")),
        sa.ForeignKeyConstraint(["source_id"], ["places.id"], name=op.f("fk_postings_source_id")),
        sa.ForeignKeyConstraint(["target_id"], ["places.id"], name=op.f("fk_postings_target_id")),
        sa.PrimaryKeyConstraint("entry_id", "position", name=op.f("pk_postings")),
        sa.CheckConstraint("amount_micros > 0", name=op.f("ck_postings_amount_micros")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_postings_source_id"), "postings", ["source_id"], unique=False)
    op.create_index(op.f("ix_postings_target_id"), "postings", ["target_id"], unique=False)
    op.create_table(
        "site_keys",
        sa.Column("site_id", Text, nullable=False),
        sa.Column("generation", Whole, nullable=False),
        sa.Column("master", Whole, nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("retired_at", Whole, nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_site_keys_site_id")),
        sa.PrimaryKeyConstraint("site_id", "generation", name=op.f("pk_site_keys")),
        sa.CheckConstraint("generation between 1 and 9999", name=op.f("ck_site_keys_generation")),
        sqlite_strict=True,
    )
    op.create_table(
        "things",
        sa.Column("id", Whole, nullable=False),
        sa.Column("site_id", Text, nullable=False),
        sa.Column("paid_site_id", Text, nullable=False),
        sa.Column("identity", Text, nullable=False),
        sa.Column("url", Text, nullable=False),
        sa.Column("title", Text, nullable=False),
        sa.Column("language", Text, nullable=True),
        sa.Column("category", Text, nullable=True),
        sa.Column("tags", Text, nullable=False),
        sa.Column("hidden", Whole, nullable=False),
        sa.Column("generation", Whole, nullable=False),
        sa.Column("modified", Whole, nullable=True),
        sa.Column("registered_at", Whole, nullable=False),
        sa.ForeignKeyConstraint(["paid_site_id"], ["sites.id"], name=op.f("fk_things_paid_site_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_things_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_things")),
        sa.UniqueConstraint("site_id", "identity", name=op.f("uq_things_site_id_identity")),
        sa.CheckConstraint("hidden in (0, 1)", name=op.f("ck_things_hidden")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_things_paid_site_id_registered_at"), "things", ["paid_site_id", "registered_at"], unique=False
    )
    op.create_index(op.f("ix_things_url"), "things", ["url"], unique=False)
    op.create_table(
        "carried_clicks",
        sa.Column("month", Whole, nullable=False),
        sa.Column("reader_id", Whole, nullable=False),
        sa.Column("thing_id", Whole, nullable=False),
        sa.Column("first_month", Whole, nullable=False),
        sa.Column("undone_at", Whole, nullable=True),
        sa.CheckConstraint("first_month < month", name=op.f("ck_carried_clicks_carried_forward")),
        sa.ForeignKeyConstraint(["month"], ["months.month"], name=op.f("fk_carried_clicks_month")),
        sa.ForeignKeyConstraint(["reader_id"], ["users.id"], name=op.f("fk_carried_clicks_reader_id")),
        sa.ForeignKeyConstraint(["thing_id"], ["things.id"], name=op.f("fk_carried_clicks_thing_id")),
        sa.PrimaryKeyConstraint("month", "reader_id", "thing_id", name=op.f("pk_carried_clicks")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_carried_clicks_month_thing_id"), "carried_clicks", ["month", "thing_id"], unique=False)
    op.create_table(
        "clicks",
        sa.Column("month", Whole, nullable=False),
        sa.Column("reader_id", Whole, nullable=False),
        sa.Column("thing_id", Whole, nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("source", Text, nullable=False),
        sa.Column("clicked_at", Whole, nullable=False),
        sa.Column("undone_at", Whole, nullable=True),
        sa.CheckConstraint("source in ('page', 'application', 'subscription')", name=op.f("ck_clicks_source")),
        sa.ForeignKeyConstraint(["month"], ["months.month"], name=op.f("fk_clicks_month")),
        sa.ForeignKeyConstraint(["reader_id"], ["users.id"], name=op.f("fk_clicks_reader_id")),
        sa.ForeignKeyConstraint(["thing_id"], ["things.id"], name=op.f("fk_clicks_thing_id")),
        sa.PrimaryKeyConstraint("month", "reader_id", "thing_id", name=op.f("pk_clicks")),
        sa.UniqueConstraint("id", name=op.f("uq_clicks_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_clicks_month_thing_id"), "clicks", ["month", "thing_id"], unique=False)
    op.create_table(
        "gifts",
        sa.Column("id", Whole, nullable=False),
        sa.Column("reader_id", Whole, nullable=False),
        sa.Column("thing_id", Whole, nullable=True),
        sa.Column("month", Whole, nullable=False),
        sa.Column("amount_micros", Whole, nullable=False),
        sa.Column("form", Text, nullable=False),
        sa.Column("given_at", Whole, nullable=False),
        sa.Column("taken_back_at", Whole, nullable=True),
        sa.ForeignKeyConstraint(["month"], ["months.month"], name=op.f("fk_gifts_month")),
        sa.ForeignKeyConstraint(["reader_id"], ["users.id"], name=op.f("fk_gifts_reader_id")),
        sa.ForeignKeyConstraint(["thing_id"], ["things.id"], name=op.f("fk_gifts_thing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gifts")),
        sa.UniqueConstraint("reader_id", "form", name=op.f("uq_gifts_reader_id_form")),
        sa.CheckConstraint("amount_micros > 0", name=op.f("ck_gifts_amount_micros")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_gifts_month_id"), "gifts", ["month", "id"], unique=False)
    op.create_index(op.f("ix_gifts_reader_id_month"), "gifts", ["reader_id", "month"], unique=False)
    op.create_table(
        "subscriptions",
        sa.Column("id", Whole, nullable=False),
        sa.Column("reader_id", Whole, nullable=False),
        sa.Column("thing_id", Whole, nullable=False),
        sa.Column("first_month", Whole, nullable=False),
        sa.Column("last_month", Whole, nullable=True),
        sa.Column("paused_at", Whole, nullable=True),
        sa.Column("stopped_at", Whole, nullable=True),
        sa.Column("created_at", Whole, nullable=False),
        sa.ForeignKeyConstraint(["reader_id"], ["users.id"], name=op.f("fk_subscriptions_reader_id")),
        sa.ForeignKeyConstraint(["thing_id"], ["things.id"], name=op.f("fk_subscriptions_thing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_subscriptions_running",
        "subscriptions",
        ["reader_id", "thing_id"],
        unique=True,
        **_where("stopped_at is null"),
    )
    op.create_table(
        "thing_settlements",
        sa.Column("month", Whole, nullable=False),
        sa.Column("thing_id", Whole, nullable=False),
        sa.Column("creator_id", Whole, nullable=False),
        sa.Column("readers", Whole, nullable=False),
        sa.Column("amount_micros", Whole, nullable=False),
        sa.ForeignKeyConstraint(["creator_id"], ["users.id"], name=op.f("fk_thing_settlements_creator_id")),
        sa.ForeignKeyConstraint(["month"], ["months.month"], name=op.f("fk_thing_settlements_month")),
        sa.ForeignKeyConstraint(["thing_id"], ["things.id"], name=op.f("fk_thing_settlements_thing_id")),
        sa.PrimaryKeyConstraint("month", "thing_id", name=op.f("pk_thing_settlements")),
        sa.CheckConstraint("readers > 0", name=op.f("ck_thing_settlements_readers")),
        sa.CheckConstraint("amount_micros > 0", name=op.f("ck_thing_settlements_amount_micros")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_thing_settlements_creator_id_month"), "thing_settlements", ["creator_id", "month"], unique=False
    )
    op.create_table(
        "gift_settlements",
        sa.Column("gift_id", Whole, autoincrement=False, nullable=False),
        sa.Column("month", Whole, nullable=False),
        sa.Column("creator_id", Whole, nullable=False),
        sa.Column("given_micros", Whole, nullable=False),
        sa.Column("fee_micros", Whole, nullable=False),
        sa.Column("entry_id", Whole, nullable=True),
        sa.CheckConstraint(
            "(given_micros > 0) = (entry_id is not null)", name=op.f("ck_gift_settlements_booked_if_funded")
        ),
        sa.ForeignKeyConstraint(["creator_id"], ["users.id"], name=op.f("fk_gift_settlements_creator_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_gift_settlements_entry_id")),
        sa.ForeignKeyConstraint(["gift_id"], ["gifts.id"], name=op.f("fk_gift_settlements_gift_id")),
        sa.ForeignKeyConstraint(["month"], ["months.month"], name=op.f("fk_gift_settlements_month")),
        sa.PrimaryKeyConstraint("gift_id", name=op.f("pk_gift_settlements")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_gift_settlements_entry_id")),
        sa.CheckConstraint("given_micros >= 0", name=op.f("ck_gift_settlements_given_micros_not_negative")),
        sa.CheckConstraint("fee_micros >= 0", name=op.f("ck_gift_settlements_fee_micros_not_negative")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_gift_settlements_creator_id_month"), "gift_settlements", ["creator_id", "month"], unique=False
    )


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _refuse_changes() -> None:
    """Refuse what must never happen, whoever asks: the application, the command line, a person with a SQL shell."""
    _refuse_rewritten_books()
    _refuse_rewritten_months()
    _refuse_rewritten_clicks()


def _refuse_rewritten_books() -> None:
    for table in ("entries", "postings", "rail_movements", *SETTLEMENTS):
        refuse(f"{table}_update", f"update on {table}", f"{table} are never changed; book a new entry")
        refuse(f"{table}_delete", f"delete on {table}", f"{table} are never deleted; book a new entry")
    refuse("places_delete", "delete on places", "places are never deleted")
    refuse(
        "places_update",
        "update of id, name, kind, owner_id on places",
        "a place keeps its name and owner",
    )
    refuse("places_insert", "insert on places", "a place begins empty", when="new.balance_micros <> 0")
    refuse(
        "postings_sealed",
        "insert on postings",
        "an entry takes as many postings as it was booked with",
        when="new.position not between 0 and (select postings - 1 from entries where id = new.entry_id)",
    )
    if is_postgresql():
        _move_balances_at_once()
    else:
        _move_balances_one_by_one()


def _move_balances_one_by_one() -> None:
    refuse(
        # The constraint on places says the same, but `insert or ignore` would skip it and keep the posting.
        "postings_covered",
        "insert on postings",
        "nobody spends what they do not have",
        when="exists (select 1 from places where id = new.source_id"
        " and kind <> 'rail' and balance_micros < new.amount_micros)",
    )
    op.execute(
        "create trigger postings_insert after insert on postings begin"
        " update places set balance_micros = balance_micros - new.amount_micros where id = new.source_id;"
        " update places set balance_micros = balance_micros + new.amount_micros where id = new.target_id;"
        " end"
    )


def _move_balances_at_once() -> None:
    """Sum up first: a row that a statement changes a thousand times has a thousand versions in PostgreSQL.

    The owner's rights move balances; the application has none to.
    """
    define(
        "postings_insert",
        "after insert on postings referencing new table as inserted for each statement",
        "begin"
        " update places set balance_micros = balance_micros + moves.micros from ("
        "   select place_id, sum(micros)::bigint as micros from ("
        "     select target_id as place_id, amount_micros as micros from inserted"
        "     union all select source_id, -amount_micros from inserted"
        "   ) as move group by place_id order by place_id"
        " ) as moves where id = moves.place_id and moves.micros <> 0;"
        " return null; end",
        as_owner=True,
    )


def _refuse_rewritten_months() -> None:
    for verb in ("update", "delete"):
        refuse(f"constants_{verb}", f"{verb} on constants", "what was decided when the books began stays")
    refuse("months_delete", "delete on months", "months are never deleted")
    refuse(
        "months_insert",
        "insert on months",
        "a month begins open, and not before one that is closed",
        when="new.state <> 'open' or exists (select 1 from months where month > new.month and state <> 'open')",
    )
    refuse(
        "months_update",
        "update of state on months",
        "a month goes from open to closing to closed, never back",
        when="(old.state, new.state) not in (values ('open', 'closing'), ('closing', 'closed'))"
        " and old.state <> new.state",
    )
    refuse("months_move", "update of month on months", "a month stays what it was")
    refuse(
        "months_update_closed",
        "update of subscribed_at, closing_at, closed_at on months",
        "a closed month never changes",
        when="old.state = 'closed'",
    )
    for table in SETTLEMENTS:
        refuse(
            f"{table}_insert_closing",
            f"insert on {table}",
            "a month is settled while it is closing, and then never again",
            when="not exists (select 1 from months where month = new.month and state = 'closing')",
        )
    refuse("sites_move", "update of id, scope on sites", "a site keeps its address; register another")
    # Readers are charged before creators are paid; in between, both must see the same owners.
    refuse(
        "sites_update_closing",
        "update of owner_id, verified_at on sites",
        "a month is closing",
        when=f"{IS_CLOSING} and (old.owner_id, old.verified_at) is not (new.owner_id, new.verified_at)",
    )
    refuse(
        "things_update_closing",
        "update of paid_site_id on things",
        "a month is closing",
        when=f"{IS_CLOSING} and old.paid_site_id <> new.paid_site_id",
    )


def _refuse_rewritten_clicks() -> None:
    for table in ("clicks", "carried_clicks", "gifts"):
        refuse(f"{table}_insert_open", f"insert on {table}", "month is not open", when=NOT_OPEN)
    for table in ("clicks", "carried_clicks"):
        refuse(f"{table}_update_open", f"update on {table}", "month is not open", when=NOT_OPEN)
    refuse("gifts_update_open", "update on gifts", "month is not open", when=f"{NOT_OPEN} and not {IS_FORGOTTEN}")
    refuse("clicks_move", "update of month, reader_id, thing_id, id on clicks", "a click stays what it was")
    refuse(
        "carried_clicks_move",
        "update of month, reader_id, thing_id, first_month on carried_clicks",
        "a click stays what it was",
    )
    refuse("gifts_move", "update of id, reader_id, month, amount_micros, form on gifts", "a gift stays what it was")
    refuse(
        "gifts_move_thing",
        "update of thing_id on gifts",
        "a gift stays what it was, until its month is forgotten",
        when=f"new.thing_id is not null or not {IS_FORGOTTEN}",
    )
    refuse("gifts_insert_thing", "insert on gifts", "a gift is to something", when="new.thing_id is null")
    refuse("gifts_delete", "delete on gifts", "gifts are taken back, never deleted")
    for table in ("clicks", "carried_clicks"):
        refuse(
            f"{table}_delete",
            f"delete on {table}",
            "clicks are undone, and only forgotten with their whole month",
            when="not exists (select 1 from months where month = old.month and forgotten_at is not null)",
        )
    for verb in ("insert", "update"):
        refuse(
            f"pledges_{verb}_open",
            f"{verb} on pledges",
            "month is not open",
            when="exists (select 1 from months where month = new.month and state <> 'open')",
        )
    refuse("pledges_move", "update of reader_id, month on pledges", "a pledge stays with its reader and month")
    refuse("pledges_delete", "delete on pledges", "a pledge is changed from a month on, never deleted")
