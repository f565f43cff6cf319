"""Things may be named by a site token; their pages are looked at once, and may say that they are another."""

import sqlalchemy as sa
from alembic import op

from receiver.store.migrations.refusing import Text, Whole

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "thing_aliases",
        sa.Column("site_id", Text, nullable=False),
        sa.Column("identity", Text, nullable=False),
        sa.Column("thing_id", Whole, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_thing_aliases_site_id")),
        sa.ForeignKeyConstraint(["thing_id"], ["things.id"], name=op.f("fk_thing_aliases_thing_id")),
        sa.PrimaryKeyConstraint("site_id", "identity", name=op.f("pk_thing_aliases")),
        sqlite_strict=True,
    )
    op.create_table(
        "named_things",
        sa.Column("thing_id", Whole, autoincrement=False, nullable=False),
        sa.Column("site_id", Text, nullable=False),
        sa.Column("named_at", Whole, nullable=False),
        sa.Column("look_at", Whole, nullable=True),
        sa.Column("tries", Whole, nullable=False),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_named_things_tries")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_named_things_site_id")),
        sa.ForeignKeyConstraint(["thing_id"], ["things.id"], name=op.f("fk_named_things_thing_id")),
        sa.PrimaryKeyConstraint("thing_id", name=op.f("pk_named_things")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_named_things_site_id_named_at"), "named_things", ["site_id", "named_at"], unique=False)
    op.create_index(
        "ix_named_things_look_at",
        "named_things",
        ["look_at"],
        unique=False,
        sqlite_where=sa.text("look_at is not null"),
        postgresql_where=sa.text("look_at is not null"),
    )
