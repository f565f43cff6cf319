"""Click at once on the button of a site that the reader trusts: the confirm page sends itself.

docs/decisions/0019-one-click-trust.md names the threats and the bounds.
"""

from datetime import datetime

from sqlalchemy import Connection

from receiver.actions.genuine import Genuine
from receiver.actions.mint_click_token import read_click_token
from receiver.actions.open_button import OpenedButton, verify_token
from receiver.actions.record_clicks import Proof, Receipt, record_press
from receiver.domain.at_once import DAY, HOUR, comes_from, has_own_origin, is_within_bounds
from receiver.domain.errors import BadClickToken, NotAtOnce
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.site import Site
from receiver.store import clicks, trusted_sites
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys


def may_click_at_once(db: Database, *, reader: User, button: OpenedButton, referrer: str, now: datetime) -> bool:
    """Tell whether a reader who comes from this page would click the button at once.

    The page must be one of the trusted site's own, and the button new to the reader in this month: what was clicked
    needs no other click, and what was undone is asked for.
    """
    if button.is_own or button.click_id is not None or button.was_undone:
        return False
    if not comes_from(referrer, button.paid_site.scope):
        return False
    with db.reading() as connection:
        return _may(connection, reader, button.paid_site, now)


def click_at_once(
    db: Database, keys: MasterKeys, *, reader: User, session: str, token: str, click_token: str, now: datetime
) -> Receipt:
    """Record the press that a confirm page sent by itself; all bounds are looked at again in the same transaction.

    Raises NotAtOnce if the press must be made on the confirm page; a BadToken, BadClickToken, StaleClickToken,
    OwnThing, MonthClosed.
    """
    minted = read_click_token(keys, click_token, session=session, token=name_at_once(token), now=now)
    if minted.reader != reader.id:
        raise BadClickToken("this page was made for somebody else, or for another button; press the button again")
    month = Month.of(now)
    with db.writing() as connection:
        _, _, site = verify_token(connection, keys, token, now)
        if not _may(connection, reader, site, now):
            raise NotAtOnce
        thing = Proof(keys, Genuine(), now).thing_to_click(connection, reader.id, token, month)
        known = clicks.find(connection, month=month, reader=reader.id, thing=thing)
        if known is not None and known.undone_at is not None:
            raise NotAtOnce
        return record_press(connection, reader=reader.id, thing=thing, minted_at=minted.minted_at, now=now)


def name_at_once(token: str) -> str:
    """Return the name by which the click token of a press at once is bound; the spaces keep it from being a token."""
    return f"at once {token}"


def _may(connection: Connection, reader: User, site: Site, now: datetime) -> bool:
    if not site.is_verified or not has_own_origin(site.scope):
        return False
    if not trusted_sites.is_trusted(connection, reader=reader.id, site=site.id):
        return False
    pressed = clicks.pressed_on_site(connection, reader=reader.id, site=site.id, since=now - DAY, now=now)
    return is_within_bounds(in_hour=sum(moment >= now - HOUR for moment in pressed), in_day=len(pressed))
