"""Leave: the person goes, the books stay."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from receiver.actions.share_site import leave_all_teams
from receiver.actions.sign_in import require_session
from receiver.actions.verify_site import withdraw_verification
from receiver.domain.click import MonthState
from receiver.domain.errors import BadEmail, BadInput, MonthClosing, PastMonthOpen, ProofNeeded, StillOwed
from receiver.domain.ledger import fresh, reused
from receiver.domain.month import Month
from receiver.domain.person import User, normal_email
from receiver.domain.rules import Rules
from receiver.store import (
    address_changes,
    click_feeds,
    clicks,
    endpoints,
    entries,
    gifts,
    mails,
    months,
    personal_rows,
    sign_ins,
    sites,
    users,
)
from receiver.store.database import Database
from receiver.store.sessions import SessionRow

FRESH_AGE: Final = timedelta(minutes=10)  # a code that came by mail so lately proves it too


def leave(db: Database, rules: Rules, *, session: str, email: str, now: datetime) -> None:
    """Erase who is signed in: address, name, ways to sign in, applications, subscriptions, clicks.

    What the books need stays, under a number that is nobody; sites are verified no more and their keys retire.
    The address can be used again by whoever signs in with it.
    Raises SignInNeeded, ProofNeeded, BadInput for another address than theirs; StillOwed, MonthClosing, PastMonthOpen.
    """
    with db.writing() as connection:
        known = require_session(connection, session, now)
        _require_it_is_them(known, email, now)
        user = known.user
        _require_settled_months(connection, now)
        _require_nothing_owed(connection, rules, user)
        _require_no_open_income(connection, user)
        for site in sites.of_owner(connection, user.id):
            if site.is_verified:
                withdraw_verification(connection, site.id)
            sites.retire_keys_before(connection, site.id, sites.newest_key(connection, site.id).generation + 1, now)
            click_feeds.revoke(connection, site.id, now)
            for endpoint in endpoints.of_site(connection, site.id):
                endpoints.set_removed(connection, endpoint.id, now)
        remembered = [month for month, _, _ in months.all_states(connection)]
        for month in remembered:
            for gift in gifts.of_reader(connection, user.id, month):
                if months.state(connection, month) is MonthState.OPEN:
                    gifts.set_taken_back(connection, gift.id, now)
        leave_all_teams(connection, user, now)
        sign_ins.remove_of(connection, user.email)
        mails.remove_to(connection, user.email)
        for change in address_changes.done_by(connection, user.id):
            mails.remove_queued(connection, change.old_email, queued_at=change.changed_at)
        users.erase(connection, user.id, now)
        personal_rows.remove_of(connection, user.id, remembered)


def proves_enough(known: SessionRow, now: datetime) -> bool:
    """Tell whether a session may leave: it is strong, or begun just now."""
    return known.strong_at is not None or now - known.begun_at <= FRESH_AGE


def _require_it_is_them(known: SessionRow, email: str, now: datetime) -> None:
    if not proves_enough(known, now):
        raise ProofNeeded
    try:
        is_theirs = normal_email(email) == known.user.email
    except BadEmail:
        is_theirs = False
    if not is_theirs:
        raise BadInput("this is not your address; type it as it stands at the foot of the page")


def _require_settled_months(connection: Connection, now: datetime) -> None:
    if months.in_state(connection, MonthState.CLOSING):
        raise MonthClosing
    first_open = months.first_not_closed(connection)
    if first_open is not None and first_open < Month.of(now):
        raise PastMonthOpen(first_open)


def _require_nothing_owed(connection: Connection, rules: Rules, user: User) -> None:
    """Refuse while money is left that can be paid; less than the smallest coin cannot, and stays."""
    show, whole = rules.currency.show, rules.currency.whole_minor_units
    if paid_in := whole(entries.balance(connection, fresh(user.id))):
        raise StillOwed(
            "%(amount)s of what you paid in is left; ask the operator to pay it back, or give it, and leave after that",
            amount=show(paid_in),
        )
    if moved := whole(entries.balance(connection, reused(user.id))):
        raise StillOwed(
            "%(amount)s in your funds was earned here and can only be given;"
            " click or give, and leave after the month has closed",
            amount=show(moved),
        )
    if earned := whole(entries.earned_of(connection, user.id)):
        raise StillOwed(
            "%(amount)s that you earned is left; have the operator pay it out, or move it into your funds and give it,"
            " and leave after that",
            amount=show(earned),
        )


def _require_no_open_income(connection: Connection, user: User) -> None:
    open_months = months.in_state(connection, MonthState.OPEN)
    for site in sites.of_owner(connection, user.id):
        has_income = any(clicks.count_by_thing(connection, month, site.id) for month in open_months)
        if site.is_verified and (has_income or gifts.wait_for(connection, site.id)):
            raise StillOwed(
                "%(scope)s has clicks of a month that is not closed yet; leave after it is closed and paid out,"
                " or have the operator take the verification back first",
                scope=site.scope,
            )
