"""Passkeys, recovery codes, changes of address, devices; and the history of who has left may go."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from receiver.store.migrations.refusing import Text, Whole, is_postgresql, refuse

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

IS_FORGOTTEN = "exists (select 1 from months where month = {row}.month and forgotten_at is not null)"
HAS_LEFT = "exists (select 1 from users where id = {row}.reader_id and erased_at is not null)"
NOT_OPEN = "not exists (select 1 from months where month = new.month and state = 'open')"


def upgrade() -> None:
    for column in (
        sa.Column("language", Text, nullable=True),
        sa.Column("passkey_note_closed_at", Whole, nullable=True),
        sa.Column("erased_at", Whole, nullable=True),
    ):
        op.add_column("users", column)
    _tell_sessions_apart()
    _create_passkeys()
    _create_recovery_codes()
    _create_address_changes()
    refuse("users_update_erased", "update on users", "who has left has left", when="old.erased_at is not null")
    _let_history_go_with_its_reader()


def _tell_sessions_apart() -> None:
    for column in (
        sa.Column("browser", Text, nullable=False, server_default=""),
        sa.Column("system", Text, nullable=False, server_default=""),
        sa.Column("seen_at", Whole, nullable=True),
        sa.Column("strong_at", Whole, nullable=True),
    ):
        op.add_column("sessions", column)
    op.execute("update sessions set seen_at = created_at")
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)


def _create_passkeys() -> None:
    op.create_table(
        "passkeys",
        sa.Column("credential_id", Text, nullable=False),
        sa.Column("user_id", Whole, nullable=False),
        sa.Column("user_handle", Text, nullable=False),
        sa.Column("public_key", Text, nullable=False),
        sa.Column("sign_count", Whole, nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("created_at", Whole, nullable=False),
        sa.Column("used_at", Whole, nullable=True),
        sa.CheckConstraint("sign_count >= 0", name=op.f("ck_passkeys_sign_count")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_passkeys_user_id")),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_passkeys")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_passkeys_user_id"), "passkeys", ["user_id"], unique=False)
    op.create_table(
        "passkey_challenges",
        sa.Column("browser_hash", Text, nullable=False),
        sa.Column("purpose", Text, nullable=False),
        sa.Column("challenge", Text, nullable=False),
        sa.Column("user_id", Whole, nullable=True),
        sa.Column("user_handle", Text, nullable=True),
        sa.Column("return_to", Text, nullable=False),
        sa.Column("expires_at", Whole, nullable=False),
        sa.CheckConstraint("purpose in ('register', 'prove')", name=op.f("ck_passkey_challenges_purpose")),
        sa.CheckConstraint(
            "purpose = 'prove' or (user_id is not null and user_handle is not null)",
            name=op.f("ck_passkey_challenges_of_somebody"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_passkey_challenges_user_id")),
        sa.PrimaryKeyConstraint("browser_hash", name=op.f("pk_passkey_challenges")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_passkey_challenges_user_id"), "passkey_challenges", ["user_id"], unique=False)


def _create_recovery_codes() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", Text, nullable=False),
        sa.Column("user_id", Whole, nullable=False),
        sa.Column("made_at", Whole, nullable=False),
        sa.Column("used_at", Whole, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_codes")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_recovery_codes_user_id"), "recovery_codes", ["user_id"], unique=False)


def _create_address_changes() -> None:
    op.create_table(
        "address_changes",
        sa.Column("id", Whole, nullable=False),
        sa.Column("user_id", Whole, nullable=False),
        sa.Column("new_email", Text, nullable=False),
        sa.Column("browser_hash", Text, nullable=False),
        sa.Column("code_hash", Text, nullable=False),
        sa.Column("asked_at", Whole, nullable=False),
        sa.Column("expires_at", Whole, nullable=False),
        sa.Column("tries_left", Whole, nullable=False),
        sa.Column("changed_at", Whole, nullable=True),
        sa.Column("old_email", Text, nullable=True),
        sa.Column("undo_hash", Text, nullable=True),
        sa.Column("undone_at", Whole, nullable=True),
        sa.CheckConstraint("tries_left >= 0", name=op.f("ck_address_changes_tries_left")),
        sa.CheckConstraint("(changed_at is null) = (undo_hash is null)", name=op.f("ck_address_changes_undo_hash")),
        sa.CheckConstraint("(changed_at is null) = (old_email is null)", name=op.f("ck_address_changes_old_email")),
        sa.CheckConstraint(
            "undone_at is null or changed_at is not null", name=op.f("ck_address_changes_undone_after_change")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_address_changes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_changes")),
        sa.UniqueConstraint("browser_hash", name=op.f("uq_address_changes_browser_hash")),
        sa.UniqueConstraint("undo_hash", name=op.f("uq_address_changes_undo_hash")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_address_changes_user_id"), "address_changes", ["user_id"], unique=False)
    op.create_index(op.f("ix_address_changes_new_email"), "address_changes", ["new_email"], unique=False)
    op.create_index(
        "ix_address_changes_old_email",
        "address_changes",
        ["old_email"],
        unique=False,
        **_where("old_email is not null"),
    )


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _let_history_go_with_its_reader() -> None:
    """Refuse as before, but for the clicks and gifts of a reader who has left."""
    for table in ("clicks", "carried_clicks"):
        _refuse_instead(
            f"{table}_delete",
            table,
            f"delete on {table}",
            "clicks are undone, and only forgotten with their whole month or their reader",
            when=f"not {IS_FORGOTTEN.format(row='old')} and not {HAS_LEFT.format(row='old')}",
        )
    may_forget = f"({IS_FORGOTTEN.format(row='new')} or {HAS_LEFT.format(row='new')})"
    _refuse_instead(
        "gifts_update_open", "gifts", "update on gifts", "month is not open", when=f"{NOT_OPEN} and not {may_forget}"
    )
    _refuse_instead(
        "gifts_move_thing",
        "gifts",
        "update of thing_id on gifts",
        "a gift stays what it was, until its month or its reader is forgotten",
        when=f"new.thing_id is not null or not {may_forget}",
    )


def _refuse_instead(name: str, table: str, action: str, reason: str, *, when: str) -> None:
    op.execute(f"drop trigger {name} on {table}" if is_postgresql() else f"drop trigger {name}")
    refuse(name, action, reason, when=when)
