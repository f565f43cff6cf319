"""What a printed code of a thing says, and the button behind it.

A printed code outlives every key of its site, so it holds no token: it names the thing, with a mark of ours that
nobody can guess, for things that are hidden from the directory are not to be counted through.
The button is signed when somebody comes by the code.
"""

import base64
import hmac
import re
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from flattr_button import Claim, sign
from receiver.actions.register_site import site_key
from receiver.domain.errors import NotKnown
from receiver.domain.site import SiteKeyGeneration
from receiver.domain.thing import SITE_IDENTITY, Thing
from receiver.store import sites, things
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

MARK_LETTERS: Final = 16  # 80 bits
_CODE: Final = re.compile(r"([1-9][0-9]{0,17})-([a-z2-7]{16})")
_PLACE_OF_ID: Final = "i:"


def printed_code(connection: Connection, keys: MasterKeys, thing: Thing) -> str:
    """Return the code of a thing; it never changes, whatever becomes of the keys of its site."""
    first = sites.find_key(connection, thing.site, 1)
    assert first is not None, "a site is registered together with its first key"
    mark = base64.b32encode(keys.derive("printed code", str(thing.id), master=first.master)).decode().lower()
    return f"{thing.id}-{mark[:MARK_LETTERS]}"


def open_printed_code(db: Database, keys: MasterKeys, code: str, *, now: datetime) -> str:
    """Return the token of the button that a code stands for, as the site itself would sign it.  Raises NotKnown."""
    match = _CODE.fullmatch(code)
    if match is None:
        raise NotKnown("this is no code of a thing here; scan it again, or type all of its address")
    with db.reading() as connection:
        try:
            thing = things.get(connection, int(match[1]))
        except NotKnown:
            thing = None
        if thing is None or thing.identity == SITE_IDENTITY or not _is_ours(connection, keys, thing, code):
            raise NotKnown("this is no code of a thing here; scan it again, or type all of its address")
        key = _signing_key(connection, thing, now)
        return sign(_claim(thing, key.generation), site_key(keys, key))


def _is_ours(connection: Connection, keys: MasterKeys, thing: Thing, code: str) -> bool:
    return hmac.compare_digest(code, printed_code(connection, keys, thing))


def _signing_key(connection: Connection, thing: Thing, now: datetime) -> SiteKeyGeneration:
    """Return the key that signed what we know, so that a build is not older than a print; else the newest."""
    key = sites.find_key(connection, thing.site, thing.generation)
    return sites.newest_key(connection, thing.site) if key is None or key.is_retired(now) else key


def _claim(thing: Thing, generation: int) -> Claim:
    is_named = thing.identity.startswith(_PLACE_OF_ID)
    return Claim(
        site=thing.site,
        generation=generation,
        url=thing.url,
        title=thing.title,
        language=thing.language,
        category=thing.category,
        tags=thing.tags,
        hidden=thing.hidden,
        id=thing.identity.removeprefix(_PLACE_OF_ID) if is_named else None,
        modified=thing.modified,
        original=thing.original,
    )
