"""Register things: at their first click, or all at once from a build's signed list."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from flattr_button import BadThingsList, BadToken, BadWebhook, Claim, ThingsList, verify_webhook
from receiver.actions.open_button import Signers, site_to_pay
from receiver.actions.register_site import site_key
from receiver.domain.click import MonthState
from receiver.domain.errors import BadWebhookBody, Replayed, TooMany, WrongSignature
from receiver.domain.site import Site
from receiver.domain.thing import Thing, credible_modified, is_older
from receiver.store import months, nonces, sites, things
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

THINGS_PER_SITE_MAX: Final = 10_000
THINGS_PER_CHUNK: Final = 200  # in one transaction, so that clicks go on meanwhile
WEBHOOK_IDS_KEPT: Final = timedelta(hours=1)  # a message is refused by its time after five minutes anyway


@dataclass(frozen=True, slots=True)
class Registration:
    """How many things of a list are new, changed and as they were; and what was refused, with the reason."""

    added: int
    changed: int
    unchanged: int
    refused: list[str]


def register_thing(
    connection: Connection, claim: Claim, site: Site, paid_site: Site, now: datetime, *, is_newest_build: bool = False
) -> tuple[int, str]:
    """Add or update the thing of a verified claim; return its id and `added`, `changed` or `unchanged`.

    A claim of an older build changes nothing, unless it is known to be of the newest one.  Nor does one that moves the
    thing to another paid site while a month is closing, because readers are charged before creators are paid: the
    next claim after the close will.
    Raises TooMany at the limit of things for a site.
    """
    about = _about(claim, now)
    known = things.find(connection, site.id, claim.identity)
    if known is None:
        if things.count_of_site(connection, site.id) >= THINGS_PER_SITE_MAX:
            raise TooMany("a site has at most %(most)s things here", most=THINGS_PER_SITE_MAX, retry_after_s=86_400)
        thing_id = things.add(
            connection, site=site.id, paid_site=paid_site.id, identity=claim.identity, now=now, **about
        )
        return thing_id, "added"
    if _is_same(known, about, paid_site) or (not is_newest_build and _is_stale(known, claim, now)):
        return known.id, "unchanged"
    if known.paid_site != paid_site.id and months.in_state(connection, MonthState.CLOSING):
        return known.id, "unchanged"
    things.change(connection, known.id, paid_site=paid_site.id, **about)
    return known.id, "changed"


def is_registered(known: Thing, claim: Claim, paid_site: Site, now: datetime) -> bool:
    """Tell whether registering a verified claim would change nothing about its thing."""
    return known.paid_site == paid_site.id and (
        _is_same(known, _about(claim, now), paid_site) or _is_stale(known, claim, now)
    )


def _about(claim: Claim, now: datetime) -> dict[str, Any]:
    """Return what a claim says of its thing."""
    return {
        "url": claim.url,
        "title": claim.title,
        "language": claim.language,
        "category": claim.category,
        "tags": claim.tags,
        "hidden": claim.hidden,
        "generation": claim.generation,
        "modified": credible_modified(claim.modified, now),
        "original": claim.original,
    }


def _is_same(known: Thing, about: dict[str, Any], paid_site: Site) -> bool:
    return known.paid_site == paid_site.id and all(getattr(known, name) == value for name, value in about.items())


def _is_stale(known: Thing, claim: Claim, now: datetime) -> bool:
    offered = (claim.generation, credible_modified(claim.modified, now))
    return is_older(known=(known.generation, known.modified), offered=offered)


def register_list(
    db: Database, keys: MasterKeys, *, body: bytes, headers: Mapping[str, str], receiver: str, now: datetime
) -> Registration:
    """Take the signed list of things that a build sends (Standard Webhooks, signed with the site's key).

    Registering is the same twice as once, so a list that was cut off is simply sent again.
    Raises BadWebhookBody, WrongSignature, Replayed; a single bad token fails only itself.
    """
    try:
        listing = ThingsList.parse(body)
    except BadThingsList as error:
        raise BadWebhookBody(str(error)) from None
    with db.reading() as connection:  # the signatures of a long list take seconds, and clicks must not wait for them
        site, secret = _signer(connection, keys, listing, now)
        try:
            message_id = verify_webhook(secret, body, headers, now=now)
            listing.verify(secret, receiver=receiver, scope=site.scope)
        except (BadWebhook, BadThingsList) as error:
            raise WrongSignature(str(error)) from None
        purpose = f"things:{site.id}"
        if nonces.is_used(connection, purpose, message_id):
            raise Replayed
        claims, refused = _read_all(Signers(connection, keys, now), listing)
    counts = Counter[str]()
    for first in range(0, len(claims), THINGS_PER_CHUNK):
        with db.writing() as connection:
            _register_chunk(connection, claims[first : first + THINGS_PER_CHUNK], site, counts, refused, now)
    with db.writing() as connection:  # last: a list that was not taken to its end may be sent again
        nonces.delete_expired(connection, now)
        nonces.use(connection, purpose, message_id, expires_at=now + WEBHOOK_IDS_KEPT)
    return Registration(counts["added"], counts["changed"], counts["unchanged"], refused)


def _signer(connection: Connection, keys: MasterKeys, listing: ThingsList, now: datetime) -> tuple[Site, bytes]:
    site = sites.find(connection, listing.site)
    key = sites.find_key(connection, listing.site, listing.generation)
    if site is None or key is None:
        raise WrongSignature(f"site {listing.site[:20]} with this key is not known here")
    if key.is_retired(now):
        raise WrongSignature("the key that signed this was retired; build the site again with its new key")
    return site, site_key(keys, key).secret


def _read_all(signers: Signers, listing: ThingsList) -> tuple[list[tuple[int, Claim]], list[str]]:
    """Return the claims by their number in the list, and why others were refused."""
    claims: list[tuple[int, Claim]] = []
    refused: list[str] = []
    for number, token in enumerate(listing.tokens, start=1):
        try:
            claim, site = signers.read(token)
        except BadToken as error:
            refused.append(f"thing {number}: {error}")
            continue
        if site.id == listing.site:
            claims.append((number, claim))
        else:
            refused.append(f"thing {number}: it is signed for another site")
    return claims, refused


def _register_chunk(
    connection: Connection,
    claims: list[tuple[int, Claim]],
    site: Site,
    counts: Counter[str],
    refused: list[str],
    now: datetime,
) -> None:
    for number, claim in claims:
        try:
            # Who is paid may have changed since the signatures were verified.
            paid_site = site_to_pay(connection, claim, site)
            _, outcome = register_thing(connection, claim, site, paid_site, now, is_newest_build=True)
        except (BadToken, TooMany) as error:
            refused.append(f"thing {number}: {error}")
        else:
            counts[outcome] += 1
