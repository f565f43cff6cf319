"""The signed list of things: one text for the same things, and proof for one place only."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flattr_button import BadThingsList, BadUrl, FlattrButtonError, SiteKey, ThingsList, sign
from flattr_button.things_list import TEXT_LENGTH_MAX, THINGS_MAX, as_many_as_fit
from tests.flattr_button.makers import RECEIVER, SCOPE, claims

KEY = SiteKey("carlablog2", 2, b"0" * 64)
tokens = st.lists(claims(KEY).map(lambda claim: sign(claim, KEY)), max_size=4)


@given(tokens, st.randoms(use_true_random=False))
def test_the_order_and_doubles_of_the_things_do_not_matter(tokens, dice):
    shuffled = tokens * 2
    dice.shuffle(shuffled)

    one, other = (ThingsList.signed(KEY, receiver=RECEIVER, scope=SCOPE, tokens=each) for each in (tokens, shuffled))

    assert one.text() == other.text()
    assert ThingsList.parse(one.text()) == one
    ThingsList.parse(one.text().encode()).verify(KEY.secret, receiver=RECEIVER, scope=SCOPE)


def test_addresses_may_be_given_as_in_the_settings_of_a_blog():
    listing = ThingsList.signed(KEY, receiver="https://FLATTR.example", scope="https://carla.example/blog", tokens=[])

    assert (listing.receiver, listing.scope) == (RECEIVER, SCOPE)
    listing.verify(KEY.secret, receiver="https://flattr.example", scope="https://carla.example/blog")


def test_every_byte_of_the_file_is_held_by_the_signature(bees, carla):
    text = ThingsList.signed(carla, receiver=RECEIVER, scope=SCOPE, tokens=[sign(bees, carla)]).text()
    dice = random.Random(2026)

    for at in range(len(text)):
        changed = text[:at] + dice.choice('aZ0_"\n,.é') + text[at + 1 :]
        try:
            listing = ThingsList.parse(changed)
            listing.verify(carla.secret, receiver=RECEIVER, scope=SCOPE)
        except BadThingsList:
            continue
        assert json.loads(changed) == json.loads(text), f"byte {at} changed what is read"


@given(
    st.text()
    | st.binary()
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["version", "receiver", "site", "generation", "scope", "things", "signature"]), inner
            )
        ),
    ).map(json.dumps)
)
def test_any_document_is_refused_in_our_own_words(document):
    with pytest.raises(BadThingsList):
        ThingsList.parse(document)


@pytest.mark.parametrize(
    "document", ["[" * 100_000, '{"version": ' + "1" * 5000 + "}", b"\xff\xfe{\x00}\x00", "\ud800", "x" * 4_000_001]
)
def test_a_document_made_to_hurt_is_refused(document):
    with pytest.raises(BadThingsList):
        ThingsList.parse(document)


def test_a_site_with_too_many_things_is_told_when_it_builds():
    with pytest.raises(BadThingsList, match="at most 10000"):
        ThingsList.signed(
            KEY, receiver=RECEIVER, scope=SCOPE, tokens=(f"A{n}.{'A' * 43}" for n in range(THINGS_MAX + 1))
        )


@pytest.mark.parametrize(
    ("receiver", "scope"), [("flattr.example", SCOPE), (RECEIVER, "/blog/"), (RECEIVER, SCOPE + "?a")]
)
def test_an_address_that_is_none_is_refused_when_signing(receiver, scope):
    with pytest.raises(BadUrl):
        ThingsList.signed(KEY, receiver=receiver, scope=scope, tokens=[])


def test_an_empty_key_verifies_nothing():
    listing = ThingsList.signed(KEY, receiver=RECEIVER, scope=SCOPE, tokens=[])

    with pytest.raises(ValueError, match="short key"):
        listing.verify(b"", receiver=RECEIVER, scope=SCOPE)
    assert not issubclass(ValueError, FlattrButtonError)


@pytest.mark.parametrize("title_length", [20, 400, 3900])
def test_of_too_many_things_as_many_are_listed_as_a_receiver_takes(title_length):
    tokens = [f"{number:0{title_length}}.{'A' * 43}" for number in range(THINGS_MAX + 5)]

    chosen = as_many_as_fit(tokens)

    listing = ThingsList.signed(KEY, receiver=RECEIVER, scope=SCOPE, tokens=chosen)
    assert chosen == tuple(tokens[: len(chosen)])
    assert len(listing.text()) <= TEXT_LENGTH_MAX
    assert len(chosen) == THINGS_MAX or len(listing.text()) > TEXT_LENGTH_MAX - 9_000


def test_a_list_too_long_for_a_receiver_is_not_signed():
    tokens = [f"{number:03900}.{'A' * 43}" for number in range(2_000)]

    with pytest.raises(BadThingsList, match="longer"):
        ThingsList.signed(KEY, receiver=RECEIVER, scope=SCOPE, tokens=tokens)
