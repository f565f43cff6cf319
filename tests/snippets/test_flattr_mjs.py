"""flattr.mjs, which the snippets for Eleventy and Astro share: the vectors, and what no receiver may refuse."""

import json
import sys
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flattr_button import BadUrl, Claim, ThingsList, canonical_url, cleaned_title
from flattr_button.things_list import as_many_as_fit
from tests.snippets.generators import ROOT, run_node, tool
from tests.snippets.strange_posts import KEY, RECEIVER, SCOPE, SNIPPETS, claim_of

FOLDER = SNIPPETS / "eleventy"
VECTORS = json.loads((ROOT / "docs" / "token-vectors.json").read_text())
# Names of hosts beyond ASCII are asked for in their xn-- form, instead of carrying IDNA along.
REFUSED_BY_US_ALONE = {
    vector["written"] for vector in VECTORS["urls"]["good"] if not vector["written"].split("/")[2].isascii()
}


@pytest.fixture(scope="module")
def node():
    return tool("node")


def answers(expression: str, arguments: Sequence[object]) -> list[Any]:
    """Return what an expression of `argument` gives in Node for each, or the message of its error as `{"error": …}`."""
    script = f"""
        import {{ readFileSync }} from "node:fs";
        import {{ canonicalUrl, cleaned, listOf, readKey, tokenOf }} from "./flattr.mjs";
        const answer = (argument) => {{
          try {{ return {expression}; }} catch (error) {{ return {{ error: error.message, name: error.name }}; }}
        }};
        console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(answer)));
    """
    found = json.loads(run_node(FOLDER, script, given=json.dumps(arguments)))
    assert isinstance(found, list)
    return found


def test_both_folders_hold_the_same_module():
    assert (SNIPPETS / "astro" / "flattr.mjs").read_bytes() == (FOLDER / "flattr.mjs").read_bytes()


def test_it_signs_the_very_bytes_of_the_vectors():
    vectors = [vector for vector in VECTORS["tokens"]["good"] if _is_of_a_post(vector["claim"])]

    signed = answers(
        "tokenOf(argument.key, argument.scope, argument)", [_post_of(vector["claim"]) for vector in vectors]
    )

    assert len(signed) > 3
    assert signed == [vector["token"] for vector in vectors]


def _is_of_a_post(claim: dict[str, Any]) -> bool:
    return not claim.keys() & {"h", "i", "o"} and claim.get("m", 0) < 2**32  # a year of four digits


def _post_of(claim: dict[str, Any]) -> dict[str, object]:
    (site,) = (site for site in VECTORS["sites"] if (site["site"], site["generation"]) == (claim["s"], claim["g"]))
    name_by_field = {"u": "url", "t": "title", "l": "language", "c": "category", "k": "tags"}
    moment = datetime.fromtimestamp(claim["m"], UTC).isoformat() if "m" in claim else None
    known = {name: claim[field] for field, name in name_by_field.items() if field in claim}
    return known | {"modified": moment, "key": site, "scope": site["scope"]}


def test_it_writes_addresses_as_the_vectors_do_or_refuses_them():
    good = {vector["written"]: vector["canonical"] for vector in VECTORS["urls"]["good"]}
    bad = [vector["written"] for vector in VECTORS["urls"]["bad"]]

    written = dict(zip(good, answers("canonicalUrl(argument)", list(good)), strict=True))
    refused = answers("canonicalUrl(argument)", bad)

    assert {address for address, answer in written.items() if answer != good[address]} == REFUSED_BY_US_ALONE
    assert [answer["name"] for answer in refused] == ["Error"] * len(bad), "a sentence of ours, never one of Node"


def test_it_reads_the_keys_that_are_keys():
    good, bad = VECTORS["site_keys"]["good"], VECTORS["site_keys"]["bad"]

    assert answers("readKey(argument)", [vector["text"] for vector in good]) == [
        {name: vector[name] for name in ("site", "generation", "secret")} for vector in good
    ]
    for vector, answer in zip(bad, answers("readKey(argument)", [vector["text"] for vector in bad]), strict=True):
        assert answer["error"], vector["name"]
        assert not vector["text"].strip() or vector["text"] not in answer["error"]


def test_it_writes_the_list_as_flattr_button_does():
    tokens = [f"{'a' * length}.{'b' * 43}" for length in (3, 1, 2, 3)]
    environment = {"FLATTR_SITE_KEY": KEY.text()}

    (written,) = answers("listOf(argument)", [
        {"receiver": RECEIVER, "site": SCOPE, "tokens": tokens, "environment": environment}
    ])  # fmt: skip

    assert written == ThingsList.signed(
        KEY, receiver=RECEIVER, scope=SCOPE, tokens=tuple(sorted(set(tokens)))
    ).text()  # fmt: skip


def test_a_list_has_as_many_tokens_as_a_receiver_takes():
    tokens = [f"{number:04}{'a' * 3000}.{'b' * 43}" for number in range(2000)]
    environment = {"FLATTR_SITE_KEY": KEY.text()}

    (written,) = answers("listOf(argument)", [
        {"receiver": RECEIVER, "site": SCOPE, "tokens": tokens, "environment": environment}
    ])  # fmt: skip

    assert ThingsList.parse(written).tokens == as_many_as_fit(tokens)


TITLES = st.lists(st.text(st.characters(max_codepoint=sys.maxunicode), max_size=30), min_size=40, max_size=80)


@pytest.mark.usefixtures("node")
@settings(max_examples=15)
@given(TITLES)
@example(
    ["a\u0301" * 300, "\ud800a", "\u180ea", "\x1c\x85a", "\ufeffa\ufeff", "e\u200d\u0301", "\u0378", "a\U000e0001b"]
)
def test_no_title_is_one_that_a_receiver_refuses(titles):
    for title, cleaned in zip(titles, answers("cleaned(argument, 200)", titles), strict=True):
        if cleaned:
            Claim(site=KEY.site, generation=1, url=SCOPE, title=cleaned)  # raises if it is refused
        if all(unicodedata.category(character) != "Cn" for character in title):  # else Node may know newer characters
            assert cleaned == cleaned_title(title)


PIECES = st.sampled_from([
    "/", "//", ".", "..", "%2e", "%2F", "%5c", ";", "%", "%zz", "%c3%bc", "ü", "蜂", "🐝", "'", '"', "<", "[", "|", "^",
    "`", "{", "~", "%7E", "a", "B", "?", "&", "=", "utm_a=1", "ref=", "#", "+", "\\", " ", "\x7f", "%00", "@", ":", ",",
])  # fmt: skip
ADDRESSES = st.lists(st.lists(PIECES, max_size=8).map(lambda pieces: SCOPE + "".join(pieces)), min_size=80)


@pytest.mark.usefixtures("node")
@settings(max_examples=15)
@given(ADDRESSES)
def test_an_address_is_written_as_the_receiver_writes_it_or_refused(addresses):
    for address, answer in zip(addresses, answers("canonicalUrl(argument)", addresses), strict=True):
        try:
            assert answer == canonical_url(address)
        except BadUrl:
            assert answer["name"] == "Error"


@pytest.mark.parametrize(("moment", "seconds"), [
    ("2026-01-02T03:04:05Z", 1767323045),
    ("2026-01-02T03:04:05", 1767323045),
    ("2026-01-02 03:04:05", 1767323045),
    ("2026-01-02T04:04:05+01:00", 1767323045),
    ("2026-01-02", 1767312000),
    ("1969-01-01", 0),
    ("Last Modified", None),
    ("git 3", None),
    (7, None),
    (None, None),
])  # fmt: skip
def test_a_time_means_the_same_on_every_machine(moment, seconds):
    key = {"site": KEY.site, "generation": KEY.generation, "secret": KEY.secret.decode()}
    post = {"url": SCOPE, "title": "Bees", "modified": moment}

    (token,) = answers("tokenOf(argument.key, argument.scope, argument.post)", [
        {"key": key, "scope": SCOPE, "post": post}
    ])  # fmt: skip

    assert claim_of(str(token)).modified == seconds


def test_a_post_outside_of_the_site_is_named_and_has_no_button():
    script = """
        import { openBlog } from "./flattr.mjs";
        const environment = { FLATTR_SITE_KEY: process.argv[1] };
        const sign = openBlog({ receiver: "https://flattr.example", site: "https://blog.example/notes", environment });
        console.log(sign({ url: "https://blog.example/other/", title: "Other" }), sign({ url: "", title: "None" }));
    """

    said = run_node(FOLDER, script, KEY.text())

    assert "flattr: no button for https://blog.example/other/; it is outside of https://blog.example/notes/" in said
    assert said.endswith("undefined undefined\n")
    assert KEY.text() not in said
