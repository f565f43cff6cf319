"""A site may have several creators, who divide what it earns; sites and months there are stay their owner's alone."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from receiver.store.migrations.refusing import Text, Whole, refuse

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

IS_CLOSING = "exists (select 1 from months where state = 'closing')"


def upgrade() -> None:
    op.add_column("sites", sa.Column("team_id", Whole, nullable=True))
    op.add_column("thing_settlements", sa.Column("team_id", Whole, nullable=True))
    op.create_index(
        "ix_thing_settlements_month_team_id",
        "thing_settlements",
        ["month", "team_id"],
        unique=False,
        sqlite_where=sa.text("team_id is not null"),
        postgresql_where=sa.text("team_id is not null"),
    )
    _create_teams()
    _create_settlements()
    _refuse_changes()


def _create_teams() -> None:
    op.create_table(
        "teams",
        sa.Column("id", Whole, nullable=False),
        sa.Column("site_id", Text, nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_teams_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("site_id", name=op.f("uq_teams_site_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "team_members",
        *_of_team("team_members"),
        sa.Column("user_id", Whole, nullable=False),
        sa.Column("joined_at", Whole, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_team_members_user_id")),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_team_members")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_team_members_user_id"), "team_members", ["user_id"], unique=False)
    op.create_table(
        "team_invitations",
        *_of_team("team_invitations"),
        sa.Column("email", Text, nullable=False),
        sa.Column("invited_at", Whole, nullable=False),
        sa.PrimaryKeyConstraint("team_id", "email", name=op.f("pk_team_invitations")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_team_invitations_email"), "team_invitations", ["email"], unique=False)


def _create_settlements() -> None:
    op.create_table(
        "team_settlements",
        *_of_team("team_settlements"),
        *_of_creator_and_month("team_settlements"),
        sa.PrimaryKeyConstraint("month", "team_id", "creator_id", name=op.f("pk_team_settlements")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_team_settlements_creator_id_month"), "team_settlements", ["creator_id", "month"], unique=False
    )
    op.create_table(
        "gift_parts",
        sa.Column("gift_id", Whole, nullable=False),
        *_of_team("gift_parts"),
        *_of_creator_and_month("gift_parts"),
        sa.ForeignKeyConstraint(["gift_id"], ["gift_settlements.gift_id"], name=op.f("fk_gift_parts_gift_id")),
        sa.PrimaryKeyConstraint("gift_id", "creator_id", name=op.f("pk_gift_parts")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_gift_parts_creator_id_month"), "gift_parts", ["creator_id", "month"], unique=False)
    op.create_index(op.f("ix_gift_parts_team_id_month"), "gift_parts", ["team_id", "month"], unique=False)


def _of_team(table: str) -> tuple[Any, ...]:
    return (
        sa.Column("team_id", Whole, nullable=False),
        sa.Column("parts", Whole, nullable=False),
        sa.CheckConstraint("parts between 1 and 1000", name=op.f(f"ck_{table}_parts")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f(f"fk_{table}_team_id")),
    )


def _of_creator_and_month(table: str) -> tuple[Any, ...]:
    return (
        sa.Column("month", Whole, nullable=False),
        sa.Column("creator_id", Whole, nullable=False),
        sa.Column("amount_micros", Whole, nullable=False),
        sa.CheckConstraint("amount_micros >= 0", name=op.f(f"ck_{table}_amount_micros_not_negative")),
        sa.ForeignKeyConstraint(["month"], ["months.month"], name=op.f(f"fk_{table}_month")),
        sa.ForeignKeyConstraint(["creator_id"], ["users.id"], name=op.f(f"fk_{table}_creator_id")),
    )


def _refuse_changes() -> None:
    """Who has which part stays as it is while a month closes, and what was divided stays for ever."""
    for table in ("team_settlements", "gift_parts"):
        for verb in ("update", "delete"):
            refuse(f"{table}_{verb}", f"{verb} on {table}", f"{table} are never {verb}d; book a new entry")
        refuse(
            f"{table}_insert_closing",
            f"insert on {table}",
            "a month is settled while it is closing, and then never again",
            when="not exists (select 1 from months where month = new.month and state = 'closing')",
        )
    for verb in ("insert", "update", "delete"):
        refuse(f"team_members_{verb}_closing", f"{verb} on team_members", "a month is closing", when=IS_CLOSING)
    refuse("team_members_move", "update of team_id, user_id on team_members", "a part stays with its creator")
    refuse("teams_update", "update on teams", "a team stays with its site")
    refuse("teams_delete", "delete on teams", "a team stays with its site; its months are divided for ever")
    refuse(
        "sites_update_team_closing",
        "update of team_id on sites",
        "a month is closing",
        when=f"{IS_CLOSING} and old.team_id is not (new.team_id)",
    )
    refuse(
        "sites_update_team",
        "update of team_id on sites",
        "a site has its own team or none",
        when="new.team_id is not null"
        " and not exists (select 1 from teams where teams.id = new.team_id and teams.site_id = new.id)",
    )
