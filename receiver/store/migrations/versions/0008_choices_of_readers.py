"""Readers may trust a site, show a page of themselves, and have their months mailed to them."""

import sqlalchemy as sa
from alembic import op

from receiver.store.migrations.refusing import Text, Whole

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trusted_sites",
        sa.Column("reader_id", Whole, nullable=False),
        sa.Column("site_id", Text, nullable=False),
        sa.Column("trusted_at", Whole, nullable=False),
        sa.ForeignKeyConstraint(["reader_id"], ["users.id"], name=op.f("fk_trusted_sites_reader_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_trusted_sites_site_id")),
        sa.PrimaryKeyConstraint("reader_id", "site_id", name=op.f("pk_trusted_sites")),
        sqlite_strict=True,
    )
    op.create_table(
        "public_readers",
        sa.Column("reader_id", Whole, autoincrement=False, nullable=False),
        sa.Column("handle", Text, nullable=False),
        sa.Column("shows_clicks", Whole, nullable=False),
        sa.Column("is_findable", Whole, nullable=False),
        sa.Column("since", Whole, nullable=False),
        sa.CheckConstraint("shows_clicks in (0, 1)", name=op.f("ck_public_readers_shows_clicks")),
        sa.CheckConstraint("is_findable in (0, 1)", name=op.f("ck_public_readers_is_findable")),
        sa.ForeignKeyConstraint(["reader_id"], ["users.id"], name=op.f("fk_public_readers_reader_id")),
        sa.PrimaryKeyConstraint("reader_id", name=op.f("pk_public_readers")),
        sa.UniqueConstraint("handle", name=op.f("uq_public_readers_handle")),
        sqlite_strict=True,
    )
    op.create_table(
        "month_mails",
        sa.Column("reader_id", Whole, autoincrement=False, nullable=False),
        sa.Column("language", Text, nullable=False),
        sa.Column("mailed_month", Whole, nullable=False),
        sa.Column("wished_at", Whole, nullable=False),
        sa.ForeignKeyConstraint(["reader_id"], ["users.id"], name=op.f("fk_month_mails_reader_id")),
        sa.PrimaryKeyConstraint("reader_id", name=op.f("pk_month_mails")),
        sqlite_strict=True,
    )
