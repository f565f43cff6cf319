"""The vectors of docs/token-vectors.json, both ways: we write the same bytes, we read the same claims."""

import json
import runpy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import flattr_button
from flattr_button import (
    BadSiteKey,
    BadThingsList,
    BadUrl,
    BadWebhook,
    Claim,
    RetiredKey,
    SiteKey,
    SiteOfToken,
    ThingsList,
    UnknownSite,
    canonical_scope,
    canonical_url,
    sign,
    sign_webhook,
    verify,
    verify_webhook,
)

DOCS = Path(__file__).parents[2] / "docs"
VECTORS: dict[str, Any] = json.loads((DOCS / "token-vectors.json").read_text())
TOKENS, URLS, SCOPES, SITE_KEYS = (VECTORS[name] for name in ("tokens", "urls", "scopes", "site_keys"))
LISTS, WEBHOOKS = VECTORS["things_lists"], VECTORS["webhooks"]
RETIRED = {(row["site"], row["generation"]): row["retired"] for row in VECTORS["sites"]}
SITES = {
    (row["site"], row["generation"]): SiteOfToken(row["secret"].encode(), row["scope"]) for row in VECTORS["sites"]
}


def by_name(rows: list[dict[str, Any]], name: str = "name") -> Any:
    return pytest.mark.parametrize("row", [pytest.param(row, id=ascii(row[name])[:60]) for row in rows])


def site_of_token(site: str, generation: int) -> SiteOfToken:
    if (site, generation) not in SITES:
        raise UnknownSite(site, generation)
    if retired := RETIRED[site, generation]:
        raise RetiredKey(datetime.fromisoformat(retired).replace(tzinfo=UTC))
    return SITES[site, generation]


def claim_of(fields: dict[str, Any]) -> Claim:
    return Claim(
        site=fields["s"],
        generation=fields["g"],
        url=fields["u"],
        title=fields["t"],
        language=fields.get("l"),
        category=fields.get("c"),
        tags=tuple(fields.get("k", ())),
        hidden=fields.get("h", False),
        id=fields.get("i"),
        modified=fields.get("m"),
        original=fields.get("o"),
    )


@by_name(TOKENS["good"])
def test_signing_gives_the_bytes_of_the_vector(row):
    claim = claim_of(row["claim"])

    key = SiteKey(claim.site, claim.generation, SITES[claim.site, claim.generation].secret)

    assert sign(claim, key) == row["token"]


@by_name(TOKENS["good"] + TOKENS["good_from_others"])
def test_verifying_gives_the_claim_of_the_vector(row):
    assert verify(row["token"], site_of_token) == claim_of(row["claim"])


@by_name(TOKENS["bad"])
def test_a_bad_token_is_refused_with_its_error(row):
    error = getattr(flattr_button, row["error"])

    with pytest.raises(error) as caught:
        verify(row["token"], site_of_token)

    assert type(caught.value) is error


def test_the_bad_tokens_meet_every_error_a_token_can_meet():
    errors = {
        error.__name__
        for error in vars(flattr_button).values()
        if isinstance(error, type) and issubclass(error, flattr_button.BadToken)
    } - {"BadToken", "RetiredSiteToken"}

    assert {row["error"] for row in TOKENS["bad"]} == errors


@by_name(URLS["good"], "written")
def test_an_address_has_one_spelling(row):
    assert canonical_url(row["written"]) == row["canonical"]
    assert canonical_url(row["canonical"]) == row["canonical"]


@by_name(URLS["bad"], "because")
def test_an_address_that_could_mislead_is_refused(row):
    with pytest.raises(BadUrl):
        canonical_url(row["written"])


@by_name(SCOPES["good"], "written")
def test_a_scope_ends_in_a_slash(row):
    assert canonical_scope(row["written"]) == row["canonical"]


@by_name(SCOPES["bad"], "because")
def test_a_scope_that_is_no_prefix_is_refused(row):
    with pytest.raises(BadUrl):
        canonical_scope(row["written"])


@by_name(SITE_KEYS["good"], "text")
def test_a_site_key_is_read_and_written(row):
    key = SiteKey.parse(f" {row['text']}\n")

    assert key == SiteKey(row["site"], row["generation"], row["secret"].encode())
    assert key.text() == row["text"]


@by_name(SITE_KEYS["bad"])
def test_a_site_key_that_is_none_is_refused_without_showing_it(row):
    with pytest.raises(BadSiteKey) as caught:
        SiteKey.parse(row["text"])

    assert row["text"].strip()[:20] not in str(caught.value) or not row["text"].strip()


@by_name(LISTS["good"])
def test_a_list_of_things_is_written_and_read(row):
    listing = ThingsList.parse(row["text"])

    listing.verify(LISTS["secret"].encode(), receiver=LISTS["receiver"], scope=LISTS["scope"])

    key = SiteKey(listing.site, listing.generation, LISTS["secret"].encode())
    written = ThingsList.signed(key, receiver=LISTS["receiver"], scope=LISTS["scope"], tokens=listing.tokens)
    assert written.text() == row["text"]


@by_name(LISTS["bad"])
def test_a_list_of_things_that_is_not_as_signed_is_refused(row):
    with pytest.raises(BadThingsList):
        ThingsList.parse(row["text"]).verify(LISTS["secret"].encode(), receiver=LISTS["receiver"], scope=LISTS["scope"])


@by_name(WEBHOOKS["good"])
def test_a_webhook_is_signed_and_verified(row):
    secret, body, headers = WEBHOOKS["secret"].encode(), WEBHOOKS["body"].encode(), row["headers"]
    now = datetime.fromtimestamp(WEBHOOKS["now"], UTC)
    sent_at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)

    assert verify_webhook(secret, body, headers, now=now) == headers["webhook-id"]

    ours = sign_webhook(secret, body, message_id=headers["webhook-id"], sent_at=sent_at)
    assert ours["webhook-signature"] in headers["webhook-signature"].split(" ")


@by_name(WEBHOOKS["bad"])
def test_a_webhook_that_is_not_as_signed_is_refused(row):
    secret, body = WEBHOOKS["secret"].encode(), WEBHOOKS["body"].encode()

    with pytest.raises(BadWebhook):
        verify_webhook(secret, body, row["headers"], now=datetime.fromtimestamp(WEBHOOKS["now"], UTC))


def test_the_vectors_are_what_their_script_writes():
    script = runpy.run_path(str(Path(__file__).parent / "write_vectors.py"), run_name="write_vectors")

    assert script["text_of_vectors"]() == (DOCS / "token-vectors.json").read_text()
