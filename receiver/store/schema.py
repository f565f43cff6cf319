"""The tables, the same on SQLite and PostgreSQL.  What the databases refuse beyond this: `migrations/`.

Texts sort by their bytes on both, because scopes and addresses are compared as ranges.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy import Text as AnyText

from receiver.domain.month import Month

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


Whole = BigInteger().with_variant(Integer(), "sqlite")  # 64 bits on both
Text = AnyText().with_variant(AnyText(collation="C"), "postgresql")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros_since_1970(moment: datetime) -> int:
    """Return a moment as the databases keep it."""
    return (moment - _EPOCH) // timedelta(microseconds=1)  # exact; refuses a moment without a zone


class Instant(TypeDecorator[datetime]):
    """A moment, as whole microseconds since 1970 in UTC: the same on every database, and sortable."""

    impl = Whole
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else micros_since_1970(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        seconds, microseconds = divmod(int(value), 1_000_000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds)


class MonthNumber(TypeDecorator[Month]):
    """A month, as the number 202609."""

    impl = Whole
    cache_ok = True

    def process_bind_param(self, value: Month | None, dialect: Dialect) -> int | None:
        return None if value is None else value.number

    def process_result_value(self, value: Any, dialect: Dialect) -> Month | None:
        return None if value is None else Month.numbered(int(value))


def _table(name: str, *parts: Any) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def _user(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Whole, ForeignKey("users.id"), nullable=nullable)


def _amount(name: str) -> Column[Any]:
    """A sum of money in micros, or a count, never negative."""
    return Column(name, Whole, CheckConstraint(f"{name} >= 0", name=f"{name}_not_negative"), nullable=False)


def _parts() -> Column[Any]:
    """How many parts of what a site earns are a creator's."""
    return Column("parts", Whole, CheckConstraint("parts between 1 and 1000", name="parts"), nullable=False)


constants = _table(
    "constants",  # what was decided when the books began
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

users = _table(
    "users",
    Column("id", Whole, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("language", Text),  # in which mails are written; null: never said
    Column("passkey_note_closed_at", Instant),  # when they no longer wanted to be offered a passkey
    Column("erased_at", Instant),  # when they left; their address and name are gone since
)

sign_ins = _table(
    "sign_ins",
    Column("browser_hash", Text, primary_key=True),  # of the cookie of the browser that asked
    Column("email", Text, nullable=False),
    Column("code_hash", Text, nullable=False),
    Column("return_to", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("tries_left", Whole, CheckConstraint("tries_left >= 0", name="tries_left"), nullable=False),
    Column("used_at", Instant),
    Index(None, "email", "created_at"),
)

sessions = _table(
    "sessions",
    Column("token_hash", Text, primary_key=True),
    _user("user_id"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("browser", Text, nullable=False, server_default=""),  # as it names itself; "": it does not
    Column("system", Text, nullable=False, server_default=""),
    Column("seen_at", Instant),  # some moment of the last day on which a form came from there
    Column("strong_at", Instant),  # when a passkey or a recovery code was used in it
    Index(None, "user_id"),
)

passkeys = _table(
    "passkeys",
    Column("credential_id", Text, primary_key=True),  # this and the two below in base64url
    _user("user_id"),
    Column("user_handle", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("sign_count", Whole, CheckConstraint("sign_count >= 0", name="sign_count"), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index(None, "user_id"),
)

passkey_challenges = _table(
    "passkey_challenges",  # what a browser was asked to sign
    Column("browser_hash", Text, primary_key=True),  # of its cookie
    Column("purpose", Text, CheckConstraint("purpose in ('register', 'prove')", name="purpose"), nullable=False),
    Column("challenge", Text, nullable=False),
    _user("user_id", nullable=True),  # null: whoever signs in
    Column("user_handle", Text),
    Column("return_to", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    CheckConstraint("purpose = 'prove' or (user_id is not null and user_handle is not null)", name="of_somebody"),
    Index(None, "user_id"),
)

recovery_codes = _table(
    "recovery_codes",
    Column("code_hash", Text, primary_key=True),
    _user("user_id"),
    Column("made_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index(None, "user_id"),
)

address_changes = _table(
    "address_changes",  # asked for, then changed by the code, then perhaps undone
    Column("id", Whole, primary_key=True),
    _user("user_id"),
    Column("new_email", Text, nullable=False),
    Column("browser_hash", Text, nullable=False, unique=True),
    Column("code_hash", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("tries_left", Whole, CheckConstraint("tries_left >= 0", name="tries_left"), nullable=False),
    Column("changed_at", Instant),
    Column("old_email", Text),
    Column("undo_hash", Text, unique=True),
    Column("undone_at", Instant),
    CheckConstraint("(changed_at is null) = (undo_hash is null)", name="undo_hash"),
    CheckConstraint("(changed_at is null) = (old_email is null)", name="old_email"),
    CheckConstraint("undone_at is null or changed_at is not null", name="undone_after_change"),
    Index(None, "user_id"),
    Index(None, "new_email"),
    Index("ix_address_changes_old_email", "old_email", **_where("old_email is not null")),
)

sites = _table(
    "sites",
    Column("id", Text, primary_key=True),
    _user("owner_id"),
    Column("scope", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("verified_at", Instant),
    Column("verified_by", Text),
    Column("words", Text, nullable=False, server_default=""),  # by which its things are found: `domain/search.py`
    Column("team_id", Whole),  # of the team that divides what it earns; null: the owner has all
    CheckConstraint("(verified_at is null) = (verified_by is null)", name="verified_by_someone"),
    Index("uq_sites_verified_scope", "scope", unique=True, **_where("verified_at is not null")),
    Index(None, "owner_id"),
)

teams = _table(
    "teams",
    Column("id", Whole, primary_key=True),
    Column("site_id", Text, ForeignKey("sites.id"), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
)

team_members = _table(
    "team_members",  # as they are now; who had what in a closed month: team_settlements
    Column("team_id", Whole, ForeignKey("teams.id"), nullable=False),
    _user("user_id"),
    _parts(),
    Column("joined_at", Instant, nullable=False),
    PrimaryKeyConstraint("team_id", "user_id"),
    Index(None, "user_id"),
)

team_invitations = _table(
    "team_invitations",  # until they are accepted, refused or withdrawn
    Column("team_id", Whole, ForeignKey("teams.id"), nullable=False),
    Column("email", Text, nullable=False),
    _parts(),
    Column("invited_at", Instant, nullable=False),
    PrimaryKeyConstraint("team_id", "email"),
    Index(None, "email"),
)

site_keys = _table(
    "site_keys",
    Column("site_id", Text, ForeignKey("sites.id"), nullable=False),
    Column("generation", Whole, CheckConstraint("generation between 1 and 9999", name="generation"), nullable=False),
    Column("master", Whole, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("retired_at", Instant),
    PrimaryKeyConstraint("site_id", "generation"),
)

things = _table(
    "things",
    Column("id", Whole, primary_key=True),
    Column("site_id", Text, ForeignKey("sites.id"), nullable=False),
    Column("paid_site_id", Text, ForeignKey("sites.id"), nullable=False),
    Column("identity", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("language", Text),
    Column("category", Text),
    Column("tags", Text, nullable=False),  # JSON list
    Column("hidden", Whole, CheckConstraint("hidden in (0, 1)", name="hidden"), nullable=False),
    Column("generation", Whole, nullable=False),
    Column("modified", Whole),
    Column("registered_at", Instant, nullable=False),
    Column("original", Text),
    Column("words", Text, nullable=False, server_default=""),  # by which it is found; indexed by `word_index.py`
    UniqueConstraint("site_id", "identity"),
    Index(None, "paid_site_id", "registered_at"),
    Index(None, "url"),
    Index("ix_things_language", "language", **_where("hidden = 0")),
    Index("ix_things_original", "original", **_where("original is not null")),
)

thing_aliases = _table(
    "thing_aliases",  # another identity that leads to a thing: its page said that this is the same page
    Column("site_id", Text, ForeignKey("sites.id"), nullable=False),
    Column("identity", Text, nullable=False),
    Column("thing_id", Whole, ForeignKey("things.id"), nullable=False),
    PrimaryKeyConstraint("site_id", "identity"),
)

named_things = _table(
    "named_things",  # things that came into being by a site token, whose pages are looked at once
    Column("thing_id", Whole, ForeignKey("things.id"), primary_key=True, autoincrement=False),
    Column("site_id", Text, ForeignKey("sites.id"), nullable=False),
    Column("named_at", Instant, nullable=False),
    Column("look_at", Instant),  # when to look next; null: looked at, or given up
    Column("tries", Whole, CheckConstraint("tries >= 0", name="tries"), nullable=False),
    Index(None, "site_id", "named_at"),
    Index("ix_named_things_look_at", "look_at", **_where("look_at is not null")),
)

mails = _table(
    "mails",  # the outbox: what is to be mailed, or was within the last month
    Column("id", Whole, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text),
    Column("headers", Text),  # JSON object
    Column("queued_at", Instant, nullable=False),
    Column("tries", Whole, CheckConstraint("tries >= 0", name="tries"), nullable=False),
    Column("next_try_at", Instant),  # null: sent, or dead
    Column("failure", Text),  # why the newest try failed, naming nobody
    Column("sent_at", Instant),
    Column("dead_at", Instant),  # when it was given up
    CheckConstraint("sent_at is null or dead_at is null", name="one_end"),
    CheckConstraint("(next_try_at is null) = (sent_at is not null or dead_at is not null)", name="waits_or_ended"),
    CheckConstraint("(text is null) = (sent_at is not null)", name="text_until_sent"),
    CheckConstraint("(headers is null) = (sent_at is not null)", name="headers_until_sent"),
    Index("ix_mails_next_try_at", "next_try_at", **_where("next_try_at is not null")),
)

pledges = _table(
    "pledges",
    _user("reader_id"),
    Column("month", MonthNumber, nullable=False),
    Column("amount_micros", Whole, CheckConstraint("amount_micros > 0", name="amount_micros"), nullable=False),
    PrimaryKeyConstraint("reader_id", "month"),
)

months = _table(
    "months",
    Column("month", MonthNumber, primary_key=True, autoincrement=False),
    Column("state", Text, CheckConstraint("state in ('open', 'closing', 'closed')", name="state"), nullable=False),
    Column("subscribed_at", Instant),  # when the subscriptions' clicks were made
    Column("closing_at", Instant),
    Column("closed_at", Instant),
    Column("forgotten_at", Instant),  # when its reading history was deleted
    CheckConstraint("(closing_at is null) = (state = 'open')", name="closing_at"),
    CheckConstraint("(closed_at is null) = (state <> 'closed')", name="closed_at"),
    CheckConstraint("forgotten_at is null or state = 'closed'", name="forgotten_after_close"),
)

clicks = Table(
    "clicks",  # in the order in which a month is closed; PostgreSQL keeps each month by itself, without foreign keys
    metadata,
    Column("month", MonthNumber, ForeignKey("months.month"), nullable=False),
    _user("reader_id"),
    Column("thing_id", Whole, ForeignKey("things.id"), nullable=False),
    Column("source", Text, nullable=False),
    Column("clicked_at", Instant, nullable=False),  # when it was pressed
    Column("undone_at", Instant),
    PrimaryKeyConstraint("month", "reader_id", "thing_id"),
    CheckConstraint("source in ('page', 'application', 'subscription')", name="source"),
    # Not in a file, where it would be a third of the work of a click, and a whole month is read in a moment.
    Index(None, "month", "thing_id").ddl_if(dialect="postgresql"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
    postgresql_partition_by="list (month)",
)

carried_clicks = _table(
    "carried_clicks",  # pending at the close of the month before, so they count in this month or wait on
    Column("month", MonthNumber, ForeignKey("months.month"), nullable=False),
    _user("reader_id"),
    Column("thing_id", Whole, ForeignKey("things.id"), nullable=False),
    Column("first_month", MonthNumber, nullable=False),
    Column("undone_at", Instant),
    PrimaryKeyConstraint("month", "reader_id", "thing_id"),
    CheckConstraint("first_month < month", name="carried_forward"),
    Index(None, "month", "thing_id"),
)

nonces = _table(
    "nonces",
    Column("purpose", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
    PrimaryKeyConstraint("purpose", "nonce"),
    Index(None, "expires_at"),
)

subscriptions = _table(
    "subscriptions",
    Column("id", Whole, primary_key=True),
    _user("reader_id"),
    Column("thing_id", Whole, ForeignKey("things.id"), nullable=False),
    Column("first_month", MonthNumber, nullable=False),
    Column("last_month", MonthNumber),  # null: until stopped
    Column("paused_at", Instant),
    Column("stopped_at", Instant),
    Column("created_at", Instant, nullable=False),
    Index("uq_subscriptions_running", "reader_id", "thing_id", unique=True, **_where("stopped_at is null")),
)

gifts = _table(
    "gifts",
    Column("id", Whole, primary_key=True),
    _user("reader_id"),
    Column("thing_id", Whole, ForeignKey("things.id")),  # null once forgotten
    Column("month", MonthNumber, ForeignKey("months.month"), nullable=False),
    Column("amount_micros", Whole, CheckConstraint("amount_micros > 0", name="amount_micros"), nullable=False),
    Column("form", Text, nullable=False),  # what sent it; the same form gives once
    Column("given_at", Instant, nullable=False),
    Column("taken_back_at", Instant),
    UniqueConstraint("reader_id", "form"),
    Index(None, "month", "id"),
    Index(None, "reader_id", "month"),
)

click_keys = _table(
    "click_keys",
    Column("id", Text, primary_key=True),
    _user("reader_id"),
    Column("label", Text, nullable=False),
    Column("master", Whole, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Index(None, "reader_id"),
)

trusted_sites = _table(
    "trusted_sites",  # whose buttons a reader clicks without the confirm page
    _user("reader_id"),
    Column("site_id", Text, ForeignKey("sites.id"), nullable=False),
    Column("trusted_at", Instant, nullable=False),
    PrimaryKeyConstraint("reader_id", "site_id"),
)

public_readers = _table(
    "public_readers",  # who chose to have a public page, and what it shows
    Column("reader_id", Whole, ForeignKey("users.id"), primary_key=True, autoincrement=False),
    Column("handle", Text, nullable=False, unique=True),
    Column("shows_clicks", Whole, CheckConstraint("shows_clicks in (0, 1)", name="shows_clicks"), nullable=False),
    Column("is_findable", Whole, CheckConstraint("is_findable in (0, 1)", name="is_findable"), nullable=False),
    Column("since", Instant, nullable=False),
)

month_mails = _table(
    "month_mails",  # who wants a mail after each month, in which language, and up to which month it was queued
    Column("reader_id", Whole, ForeignKey("users.id"), primary_key=True, autoincrement=False),
    Column("language", Text, nullable=False),
    Column("mailed_month", MonthNumber, nullable=False),
    Column("wished_at", Instant, nullable=False),
)

places = _table(
    "places",
    Column("id", Whole, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    _user("owner_id", nullable=True),
    Column("balance_micros", Whole, nullable=False),
    # Nobody spends what they do not have.
    CheckConstraint("balance_micros >= 0 or kind = 'rail'", name="covered"),
    CheckConstraint("(owner_id is not null) = (kind in ('fresh', 'reused', 'earned'))", name="owner"),
    CheckConstraint(
        "case when kind = 'rail' then name like 'rail:_%'"
        " when owner_id is null then name = kind else name = kind || ':' || owner_id end",
        name="name",
    ),
    Index(None, "owner_id", "kind"),
)

entries = _table(
    "entries",
    Column("id", Whole, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("month", MonthNumber, nullable=False),
    Column("booked_at", Instant, nullable=False),
    Column("note", Text, nullable=False),
    Column("postings", Whole, CheckConstraint("postings > 0", name="postings"), nullable=False),  # how many it has
)

postings = _table(
    "postings",
    Column("entry_id", Whole, ForeignKey("entries.id"), nullable=False),
    Column("position", Whole, nullable=False),
    Column("source_id", Whole, ForeignKey("places.id"), nullable=False),
    Column("target_id", Whole, ForeignKey("places.id"), nullable=False),
    Column("amount_micros", Whole, CheckConstraint("amount_micros > 0", name="amount_micros"), nullable=False),
    PrimaryKeyConstraint("entry_id", "position"),
    CheckConstraint("source_id <> target_id", name="two_places"),
    Index(None, "source_id"),
    Index(None, "target_id"),
)

rail_movements = _table(
    "rail_movements",  # what a rail told us, by its own reference: one movement, one entry
    Column("rail", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("kind", Text, nullable=False),
    _user("user_id", nullable=True),  # null: the operator's own
    Column("amount_micros", Whole, CheckConstraint("amount_micros > 0", name="amount_micros"), nullable=False),
    Column("entry_id", Whole, ForeignKey("entries.id"), nullable=False, unique=True),
    PrimaryKeyConstraint("rail", "reference"),
)

reader_settlements = Table(
    "reader_settlements",
    metadata,
    Column("month", MonthNumber, ForeignKey("months.month"), nullable=False),
    _user("reader_id"),
    _amount("pledge_micros"),
    _amount("from_earned_micros"),
    _amount("from_fresh_micros"),
    _amount("fee_micros"),
    _amount("share_micros"),
    Column("things", Whole, CheckConstraint("things > 0", name="things"), nullable=False),
    Column("entry_id", Whole, ForeignKey("entries.id")),  # of many readers; null: nothing was there to give
    PrimaryKeyConstraint("month", "reader_id"),
    CheckConstraint("share_micros * things = from_earned_micros + from_fresh_micros", name="equal_shares"),
    CheckConstraint("(share_micros > 0) = (entry_id is not null)", name="booked_if_funded"),
    CheckConstraint("from_earned_micros + from_fresh_micros + fee_micros <= pledge_micros", name="within_pledge"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

thing_settlements = _table(
    "thing_settlements",
    Column("month", MonthNumber, ForeignKey("months.month"), nullable=False),
    Column("thing_id", Whole, ForeignKey("things.id"), nullable=False),
    _user("creator_id"),
    Column("readers", Whole, CheckConstraint("readers > 0", name="readers"), nullable=False),
    Column("amount_micros", Whole, CheckConstraint("amount_micros > 0", name="amount_micros"), nullable=False),
    Column("team_id", Whole),  # which divided the amount; null: the creator got all
    PrimaryKeyConstraint("month", "thing_id"),
    Index(None, "creator_id", "month"),
    Index("ix_thing_settlements_shown", "month", "readers", "thing_id", **_where("readers >= 3")),
    Index("ix_thing_settlements_month_team_id", "month", "team_id", **_where("team_id is not null")),
)

team_settlements = _table(
    "team_settlements",  # what fell to each of a team of what the things of its site got, and by how many parts
    Column("month", MonthNumber, ForeignKey("months.month"), nullable=False),
    Column("team_id", Whole, ForeignKey("teams.id"), nullable=False),
    _user("creator_id"),
    _parts(),
    _amount("amount_micros"),
    PrimaryKeyConstraint("month", "team_id", "creator_id"),
    Index(None, "creator_id", "month"),
)

creator_settlements = _table(
    "creator_settlements",
    Column("month", MonthNumber, ForeignKey("months.month"), nullable=False),
    _user("creator_id"),
    Column("amount_micros", Whole, CheckConstraint("amount_micros > 0", name="amount_micros"), nullable=False),
    Column("entry_id", Whole, ForeignKey("entries.id"), nullable=False, unique=True),
    PrimaryKeyConstraint("month", "creator_id"),
)

gift_settlements = _table(
    "gift_settlements",
    Column("gift_id", Whole, ForeignKey("gifts.id"), primary_key=True, autoincrement=False),
    Column("month", MonthNumber, ForeignKey("months.month"), nullable=False),
    _user("creator_id"),
    _amount("given_micros"),
    _amount("fee_micros"),
    Column("entry_id", Whole, ForeignKey("entries.id"), unique=True),  # null: it lapsed
    CheckConstraint("(given_micros > 0) = (entry_id is not null)", name="booked_if_funded"),
    Index(None, "creator_id", "month"),
)

endpoints = _table(
    "endpoints",  # where a creator wants to be told of what happens on a site; and up to where that was queued
    Column("id", Text, primary_key=True),
    Column("site_id", Text, ForeignKey("sites.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),  # JSON list
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),
    Column("off_at", Instant),
    Column("off_reason", Text),
    Column("failing_since", Instant),  # null: the last message was taken
    Column("last_thing", Whole, nullable=False),
    Column("last_told", Whole, nullable=False),
    Column("last_month", MonthNumber),
    Column("last_verified_at", Instant),
    CheckConstraint("(off_at is null) = (off_reason is null)", name="off_for_a_reason"),
    Index(None, "site_id"),
)

endpoint_secrets = _table(
    "endpoint_secrets",  # their generations; derived from a master key, never stored
    Column("endpoint_id", Text, ForeignKey("endpoints.id"), nullable=False),
    Column("generation", Whole, CheckConstraint("generation between 1 and 9999", name="generation"), nullable=False),
    Column("master", Whole, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("retired_at", Instant),
    PrimaryKeyConstraint("endpoint_id", "generation"),
)

deliveries = _table(
    "deliveries",  # the outbox: each message to each endpoint, until it was taken or has died
    Column("id", Whole, primary_key=True),
    Column("endpoint_id", Text, ForeignKey("endpoints.id"), nullable=False),
    Column("message_id", Text, nullable=False, unique=True),
    Column("event", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("queued_at", Instant, nullable=False),
    Column("tries", Whole, CheckConstraint("tries >= 0", name="tries"), nullable=False),
    Column("next_try_at", Instant),
    Column("delivered_at", Instant),
    Column("died_at", Instant),
    Column("last_tried_at", Instant),
    Column("last_status", Whole),  # of HTTP; null: nobody answered
    Column("last_fault", Text),
    CheckConstraint(
        "(next_try_at is not null) = (delivered_at is null and died_at is null)"
        " and (delivered_at is null or died_at is null)",
        name="one_state",
    ),
    Index(None, "endpoint_id", "id"),
    Index("ix_deliveries_next_try_at", "next_try_at", **_where("next_try_at is not null")),
    Index("ix_deliveries_died_at", "died_at", **_where("died_at is not null")),
)

click_feeds = _table(
    "click_feeds",  # secret addresses of feeds; derived from a master key, never stored
    Column("site_id", Text, ForeignKey("sites.id"), nullable=False),
    Column("generation", Whole, CheckConstraint("generation between 1 and 9999", name="generation"), nullable=False),
    Column("master", Whole, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    PrimaryKeyConstraint("site_id", "generation"),
)

told_sites = _table(
    "told_sites",  # up to which day the clicks of a site are told to its creator
    Column("site_id", Text, ForeignKey("sites.id"), primary_key=True),
    Column("told_until", Instant, nullable=False),
)

told_clicks = _table(
    "told_clicks",  # counts of things as they were told: each is three readers more than the one before
    Column("id", Whole, primary_key=True),
    Column("site_id", Text, ForeignKey("sites.id"), nullable=False),
    Column("thing_id", Whole, ForeignKey("things.id"), nullable=False),
    Column("month", MonthNumber, nullable=False),
    Column("told_until", Instant, nullable=False),
    Column("clicks", Whole, CheckConstraint("clicks >= 3", name="three_readers"), nullable=False),
    UniqueConstraint("site_id", "thing_id", "month", "told_until"),
    Index(None, "site_id", "id"),
    Index(None, "told_until"),
)

clicked_things = _table(
    "clicked_things",  # clicks of all closed months in which three readers or more clicked the thing
    Column("thing_id", Whole, ForeignKey("things.id"), primary_key=True, autoincrement=False),
    Column("clicks", Whole, CheckConstraint("clicks >= 3", name="clicks"), nullable=False),
    Index(None, "clicks", "thing_id"),
)

month_statistics = _table(
    "month_statistics",  # of closed months; sites, things and clicks are those of things that three readers clicked
    Column("month", MonthNumber, ForeignKey("months.month"), primary_key=True, autoincrement=False),
    *(_amount(name) for name in ("readers", "creators", "sites", "things", "clicks", "given_micros", "fee_micros")),
)

gift_parts = _table(
    "gift_parts",  # what fell to each of a team of a gift to its site, and by how many parts
    Column("gift_id", Whole, ForeignKey("gift_settlements.gift_id"), nullable=False),
    _user("creator_id"),
    Column("month", MonthNumber, ForeignKey("months.month"), nullable=False),
    Column("team_id", Whole, ForeignKey("teams.id"), nullable=False),
    _parts(),
    _amount("amount_micros"),
    PrimaryKeyConstraint("gift_id", "creator_id"),
    Index(None, "creator_id", "month"),
    Index(None, "team_id", "month"),
)
