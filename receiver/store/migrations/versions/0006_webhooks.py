"""Creators are told of what happens on their sites: by messages to endpoints, and by a feed."""

import sqlalchemy as sa
from alembic import op

from receiver.store.migrations.refusing import Text, Whole

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_endpoints()
    _create_deliveries()
    _create_tellings()


def _create_endpoints() -> None:
    op.create_table(
        "endpoints",
        sa.Column("id", Text, nullable=False),
        sa.Column("site_id", Text, nullable=False),
        sa.Column("url", Text, nullable=False),
        sa.Column("events", Text, nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("removed_at", Whole, nullable=True),
        sa.Column("off_at", Whole, nullable=True),
        sa.Column("off_reason", Text, nullable=True),
        sa.Column("failing_since", Whole, nullable=True),
        sa.Column("last_thing", Whole, nullable=False),
        sa.Column("last_told", Whole, nullable=False),
        sa.Column("last_month", Whole, nullable=True),
        sa.Column("last_verified_at", Whole, nullable=True),
        sa.CheckConstraint("(off_at is null) = (off_reason is null)", name=op.f("ck_endpoints_off_for_a_reason")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_endpoints_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoints")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_endpoints_site_id"), "endpoints", ["site_id"], unique=False)
    op.create_table(
        "endpoint_secrets",
        sa.Column("endpoint_id", Text, nullable=False),
        sa.Column("generation", Whole, nullable=False),
        sa.Column("master", Whole, nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("retired_at", Whole, nullable=True),
        sa.CheckConstraint("generation between 1 and 9999", name=op.f("ck_endpoint_secrets_generation")),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoints.id"], name=op.f("fk_endpoint_secrets_endpoint_id")),
        sa.PrimaryKeyConstraint("endpoint_id", "generation", name=op.f("pk_endpoint_secrets")),
        sqlite_strict=True,
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", Whole, nullable=False),
        sa.Column("endpoint_id", Text, nullable=False),
        sa.Column("message_id", Text, nullable=False),
        sa.Column("event", Text, nullable=False),
        sa.Column("body", Text, nullable=False),
        sa.Column("queued_at", Whole, nullable=False),
        sa.Column("tries", Whole, nullable=False),
        sa.Column("next_try_at", Whole, nullable=True),
        sa.Column("delivered_at", Whole, nullable=True),
        sa.Column("died_at", Whole, nullable=True),
        sa.Column("last_tried_at", Whole, nullable=True),
        sa.Column("last_status", Whole, nullable=True),
        sa.Column("last_fault", Text, nullable=True),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_deliveries_tries")),
        sa.CheckConstraint(
            "(next_try_at is not null) = (delivered_at is null and died_at is null)"
            " and (delivered_at is null or died_at is null)",
            name=op.f("ck_deliveries_one_state"),
        ),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoints.id"], name=op.f("fk_deliveries_endpoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("message_id", name=op.f("uq_deliveries_message_id")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_deliveries_endpoint_id_id"), "deliveries", ["endpoint_id", "id"], unique=False)
    _index_where_set("deliveries", "next_try_at")
    _index_where_set("deliveries", "died_at")


def _create_tellings() -> None:
    op.create_table(
        "click_feeds",
        sa.Column("site_id", Text, nullable=False),
        sa.Column("generation", Whole, nullable=False),
        sa.Column("master", Whole, nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("revoked_at", Whole, nullable=True),
        sa.CheckConstraint("generation between 1 and 9999", name=op.f("ck_click_feeds_generation")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_click_feeds_site_id")),
        sa.PrimaryKeyConstraint("site_id", "generation", name=op.f("pk_click_feeds")),
        sqlite_strict=True,
    )
    op.create_table(
        "told_sites",
        sa.Column("site_id", Text, nullable=False),
        sa.Column("told_until", Whole, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_told_sites_site_id")),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_told_sites")),
        sqlite_strict=True,
    )
    op.create_table(
        "told_clicks",
        sa.Column("id", Whole, nullable=False),
        sa.Column("site_id", Text, nullable=False),
        sa.Column("thing_id", Whole, nullable=False),
        sa.Column("month", Whole, nullable=False),
        sa.Column("told_until", Whole, nullable=False),
        sa.Column("clicks", Whole, nullable=False),
        sa.CheckConstraint("clicks >= 3", name=op.f("ck_told_clicks_three_readers")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_told_clicks_site_id")),
        sa.ForeignKeyConstraint(["thing_id"], ["things.id"], name=op.f("fk_told_clicks_thing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_told_clicks")),
        sa.UniqueConstraint(
            "site_id", "thing_id", "month", "told_until", name=op.f("uq_told_clicks_site_id_thing_id_month_told_until")
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_told_clicks_site_id_id"), "told_clicks", ["site_id", "id"], unique=False)
    op.create_index(op.f("ix_told_clicks_told_until"), "told_clicks", ["told_until"], unique=False)


def _index_where_set(table: str, column: str) -> None:
    condition = sa.text(f"{column} is not null")
    op.create_index(
        f"ix_{table}_{column}", table, [column], unique=False, sqlite_where=condition, postgresql_where=condition
    )
