"""Mails wait in an outbox until the mail server takes them."""

import sqlalchemy as sa
from alembic import op

from receiver.store.migrations.refusing import Text, Whole

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("id", Whole, nullable=False),
        sa.Column("recipient", Text, nullable=False),
        sa.Column("subject", Text, nullable=False),
        sa.Column("text", Text, nullable=True),
        sa.Column("headers", Text, nullable=True),
        sa.Column("queued_at", Whole, nullable=False),
        sa.Column("tries", Whole, nullable=False),
        sa.Column("next_try_at", Whole, nullable=True),
        sa.Column("failure", Text, nullable=True),
        sa.Column("sent_at", Whole, nullable=True),
        sa.Column("dead_at", Whole, nullable=True),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_mails_tries")),
        sa.CheckConstraint("sent_at is null or dead_at is null", name=op.f("ck_mails_one_end")),
        sa.CheckConstraint(
            "(next_try_at is null) = (sent_at is not null or dead_at is not null)", name=op.f("ck_mails_waits_or_ended")
        ),
        sa.CheckConstraint("(text is null) = (sent_at is not null)", name=op.f("ck_mails_text_until_sent")),
        sa.CheckConstraint("(headers is null) = (sent_at is not null)", name=op.f("ck_mails_headers_until_sent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_mails_next_try_at",
        "mails",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("next_try_at is not null"),
        postgresql_where=sa.text("next_try_at is not null"),
    )
