"""What the application may do in PostgreSQL: add to the books, never change them.

Whoever has the application's role can book money, but not rewrite, delete or reopen anything; the tables belong to
another role, which only `flattr-receiver migrate` uses.
"""

from typing import Final

from sqlalchemy import Connection

from receiver.store.schema import metadata

CHANGED_BY_TABLE: Final = {
    "users": ("email", "name", "language", "passkey_note_closed_at", "erased_at"),
    "sessions": ("seen_at",),
    "passkeys": ("sign_count", "name", "used_at"),
    "recovery_codes": ("used_at",),
    "address_changes": ("tries_left", "changed_at", "old_email", "undo_hash", "undone_at"),
    "sign_ins": ("tries_left", "used_at"),
    "sites": ("verified_at", "verified_by", "words", "team_id"),
    "team_members": ("parts",),
    "team_invitations": ("parts", "invited_at"),
    "site_keys": ("retired_at",),
    "things": (
        "paid_site_id", "url", "title", "language", "category", "tags", "hidden", "generation", "modified",
        "original", "words",
    ),
    "thing_aliases": ("thing_id",),
    "named_things": ("look_at", "tries"),
    "mails": ("text", "headers", "tries", "next_try_at", "failure", "sent_at", "dead_at"),
    "pledges": ("amount_micros",),
    "months": ("state", "subscribed_at", "closing_at", "closed_at", "forgotten_at"),
    "clicks": ("clicked_at", "undone_at"),
    "carried_clicks": ("undone_at",),
    "subscriptions": ("paused_at", "stopped_at"),
    "gifts": ("thing_id", "taken_back_at"),
    "click_keys": ("revoked_at",),
    "endpoints": (
        "removed_at", "off_at", "off_reason", "failing_since", "last_thing", "last_told", "last_month",
        "last_verified_at",
    ),
    "endpoint_secrets": ("retired_at",),
    "deliveries": (
        "tries", "next_try_at", "delivered_at", "died_at", "last_tried_at", "last_status", "last_fault",
    ),
    "click_feeds": ("revoked_at",),
    "told_sites": ("told_until",),
    "public_readers": ("handle", "shows_clicks", "is_findable"),
    "month_mails": ("language", "mailed_month"),
    "clicked_things": ("clicks",),
}  # fmt: skip
DELETED: Final = (
    "sign_ins",
    "sessions",
    "nonces",
    "mails",
    "subscriptions",
    "clicks",
    "carried_clicks",
    "click_keys",
    "passkeys",
    "passkey_challenges",
    "recovery_codes",
    "address_changes",
    "deliveries",
    "told_clicks",
    "trusted_sites",
    "public_readers",
    "month_mails",
    "team_members",
    "team_invitations",
)


def grant(connection: Connection, *, role: str) -> None:
    """Give a role what the application needs and take from it everything else."""
    quoted = connection.dialect.identifier_preparer.quote(role)
    owner = connection.exec_driver_sql("select current_user").scalar_one()
    if owner == role:
        return  # one role for both, as on a small machine: triggers and constraints still refuse
    connection.exec_driver_sql(f"grant usage on schema public to {quoted}")
    connection.exec_driver_sql(f"revoke all on all tables in schema public from {quoted}")
    connection.exec_driver_sql(f"grant usage on all sequences in schema public to {quoted}")
    connection.exec_driver_sql(f"grant select on all tables in schema public to {quoted}")
    for table in metadata.tables:
        connection.exec_driver_sql(f"grant insert on {table} to {quoted}")
    for table, columns in CHANGED_BY_TABLE.items():
        connection.exec_driver_sql(f"grant update ({', '.join(columns)}) on {table} to {quoted}")
    for table in DELETED:
        connection.exec_driver_sql(f"grant delete on {table} to {quoted}")
