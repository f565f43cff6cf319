"""`flattr check` finds what is wrong with a built site, and nothing else."""

import gzip
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from flattr_button import Blog, SiteKey, ThingsList
from flattr_button.things_list import WELL_KNOWN_PATH
from flattr_tool.findings import Kind
from receiver.actions.register_site import replace_leaked_site_key, rotate_site_key
from receiver.store import sites
from tests.flattr_tool.conftest import KEY, NOBODY, SCOPE, Receiver, Said, Site

Flattr = Callable[..., Said]
ROOT = Path(__file__).parents[2]
DIGITS = KEY.secret.decode()


def kinds_of(flattr: Flattr, site: Site, *arguments: str, key: SiteKey | None = KEY) -> set[str]:
    return flattr("check", site.folder, "--offline", "--json", *arguments, key=key).kinds


def test_a_site_without_fault_has_none(flattr: Flattr, site: Site) -> None:
    said = flattr("check", site.folder, "--offline", key=KEY)

    assert said.code == 0
    assert said.out.splitlines()[-1] == (
        "2 posts on the list, 2 buttons on pages, 4 files looked at: 0 problems, 1 note"
    )
    assert "--offline" in said.out


def test_without_the_key_it_says_that_no_signature_was_checked(flattr: Flattr, site: Site) -> None:
    said = flattr("check", site.folder, "--offline")

    assert said.code == 0
    assert "no signature was checked" in said.out


def test_a_forged_token_is_found_with_the_key_and_not_without(flattr: Flattr, tmp_path: Path) -> None:
    forger = Site(tmp_path, Blog(replace(KEY, secret=b"0badc0de" * 8), NOBODY, SCOPE))
    forger.post("rye")
    forger.finish()

    assert {"bad-list", "bad-token"} <= kinds_of(flattr, forger)
    assert kinds_of(flattr, forger, key=None) == set()


def test_an_edited_list_is_found(flattr: Flattr, site: Site) -> None:
    listing = json.loads((site.folder / WELL_KNOWN_PATH).read_text())
    listing["things"] = listing["things"][:1]
    site.write(WELL_KNOWN_PATH, json.dumps(listing))

    assert kinds_of(flattr, site) == {"bad-list", "not-listed"}


def test_a_site_without_a_list_is_told_why(flattr: Flattr, site: Site) -> None:
    (site.folder / WELL_KNOWN_PATH).unlink()

    said = flattr("check", site.folder, "--offline", key=KEY)

    assert said.code == 1
    assert "FLATTR_SITE_KEY" in said.out


def test_a_list_that_is_none_is_found(flattr: Flattr, site: Site) -> None:
    site.write(WELL_KNOWN_PATH, "{}")

    assert kinds_of(flattr, site) == {"bad-list"}


def test_a_post_whose_button_was_taken_out_is_found(flattr: Flattr, site: Site) -> None:
    site.post("spelt", button="")
    site.finish()

    assert kinds_of(flattr, site) == {"no-button"}


@pytest.mark.parametrize("hidden", ["<!-- {} -->", "<script>'{}'</script>", "<template>{}</template>"])
def test_a_button_that_no_reader_sees_is_none(flattr: Flattr, site: Site, hidden: str) -> None:
    thing = site.blog.sign_post(url=f"{SCOPE}spelt/", title="Spelt")
    site.write("spelt/index.html", hidden.format(thing.button))
    site.tokens.append(thing.token)
    site.finish()

    assert kinds_of(flattr, site) == {"no-button"}


def test_a_minified_button_is_one(flattr: Flattr, site: Site) -> None:
    thing = site.blog.sign_post(url=f"{SCOPE}spelt/", title="About spelt")
    site.post("spelt", button=f"<A rel='payment nofollow' class=flattr-button href={NOBODY}f/{thing.token}>Flattr</A>")
    site.finish()

    assert kinds_of(flattr, site) == set()


def test_a_button_before_and_after_the_post_is_fine_and_a_third_is_not(flattr: Flattr, site: Site) -> None:
    button = site.blog.sign_post(url=f"{SCOPE}spelt/", title="About spelt").button
    site.post("spelt", button=f"{button} {button}")
    site.finish()
    both = kinds_of(flattr, site)
    site.post("spelt", button=f"{button} {button} {button}")
    site.finish()

    assert both == set()
    assert kinds_of(flattr, site) == {"too-many-buttons"}


def test_a_button_in_a_list_of_posts_is_found(flattr: Flattr, site: Site) -> None:
    things = [site.blog.sign_post(url=f"{SCOPE}{slug}/", title=f"About {slug}") for slug in ("rye", "oats")]
    site.write("index.html", " ".join(thing.button for thing in things))

    assert kinds_of(flattr, site) == {"too-many-buttons", "other-page"}


def test_a_page_of_an_earlier_build_is_found(flattr: Flattr, site: Site) -> None:
    site.post("spelt")
    site.tokens.pop()
    site.finish()

    assert kinds_of(flattr, site) == {"not-listed"}


def test_a_button_for_another_address_is_found(flattr: Flattr, site: Site) -> None:
    thing = site.blog.sign_post(url=f"{SCOPE}barley/", title="Barley")
    site.write("spelt/index.html", f'<link rel="canonical" href="{SCOPE}spelt/">{thing.button}')
    site.tokens.append(thing.token)
    site.finish()

    assert kinds_of(flattr, site) == {"other-page", "no-button"}


def test_a_page_that_says_nothing_of_its_address_is_believed_once(flattr: Flattr, site: Site) -> None:
    thing = site.blog.sign_post(url=f"{SCOPE}go?p=barley", title="Barley")
    site.write("barley.html", str(thing.button))
    site.tokens.append(thing.token)
    site.finish()
    noted = flattr("check", site.folder, "--offline", "--json", key=KEY)
    site.write("index.html", str(thing.button))

    assert (noted.code, noted.kinds) == (0, {"address-unproven"})
    assert kinds_of(flattr, site) == {"other-page", "no-button"}


def test_a_button_of_a_post_in_a_list_is_found_even_if_alone(flattr: Flattr, site: Site) -> None:
    site.write("index.html", str(site.blog.sign_post(url=f"{SCOPE}rye/", title="About rye").button))

    assert kinds_of(flattr, site) == {"other-page"}


@pytest.mark.parametrize(
    "canonical", ["../barley/", f"{SCOPE}barley/", "/blog/barley/", "HTTPS://Carla.example/blog/barley/"]
)
def test_a_page_elsewhere_is_known_by_its_canonical_address(flattr: Flattr, site: Site, canonical: str) -> None:
    thing = site.blog.sign_post(url=f"{SCOPE}barley/", title="Barley")
    site.write("2026/barley.html", f'<link rel="canonical" href="{canonical}">{thing.button}')
    site.tokens.append(thing.token)
    site.finish()

    assert kinds_of(flattr, site) == set()


@pytest.mark.parametrize("path", ["über uns.html", "über uns/index.html"])
def test_a_path_with_letters_beyond_ascii_is_an_address(flattr: Flattr, site: Site, path: str) -> None:
    thing = site.blog.sign_post(url=SCOPE + quote(path.removesuffix("index.html")), title="Über uns")
    site.write(path, str(thing.button))
    site.tokens.append(thing.token)
    site.finish()

    assert kinds_of(flattr, site) == set()


def test_a_theme_with_another_canonical_address_is_noted(flattr: Flattr, site: Site) -> None:
    site.post("spelt", head='<link rel="canonical" href="https://www.carla.example/blog/spelt/">')
    site.finish()

    said = flattr("check", site.folder, "--offline", "--json", key=KEY)

    assert (said.code, said.kinds) == (0, {"canonical-differs"})


def test_a_button_that_leads_to_no_thing_is_found(flattr: Flattr, site: Site) -> None:
    site.write("about.html", '<a class="flattr-button" href="#">Flattr this</a>')

    assert kinds_of(flattr, site) == {"broken-button"}


def test_a_button_of_a_site_token_is_left_to_its_receiver(flattr: Flattr, site: Site) -> None:
    site.write("about.html", f'<a class="flattr-button" href="{NOBODY}s/fst1_AAAA?u=x">Flattr this</a>')

    assert kinds_of(flattr, site) == set()


def test_a_head_link_of_another_thing_is_found(flattr: Flattr, site: Site) -> None:
    rye = site.blog.sign_post(url=f"{SCOPE}rye/", title="About rye")
    site.post("spelt", head=str(rye.head_link))
    site.finish()

    assert kinds_of(flattr, site) == {"head-link-differs"}


def test_a_place_that_was_left_over_is_found(flattr: Flattr, site: Site) -> None:
    rye = site.blog.sign_post(url=f"{SCOPE}rye/", title="About rye")
    site.write("search.json", json.dumps({"text": rye.place}))

    assert kinds_of(flattr, site) == {"leftover-place"}


def test_the_site_must_be_built_for_whom_the_creator_says(flattr: Flattr, site: Site) -> None:
    assert kinds_of(flattr, site, "--receiver", "HTTP://127.0.0.1:9", "--site-url", SCOPE[:-1]) == set()
    assert kinds_of(flattr, site, "--receiver", "https://other.example") == {"other-receiver"}
    assert kinds_of(flattr, site, "--site-url", "https://carla.example") == {"other-site-url"}


def test_a_site_built_with_an_older_key_is_found(flattr: Flattr, site: Site) -> None:
    newer = SiteKey(KEY.site, 2, b"0ddba115" * 8)

    assert kinds_of(flattr, site, key=newer) == {"other-key"}


def test_of_many_findings_of_a_kind_some_are_shown_and_all_are_counted(flattr: Flattr, site: Site) -> None:
    for number in range(30):
        site.write(f"{number}\x1b[31m.html", f'<a class="flattr-button" href="#{number}">Flattr this</a>')

    said = flattr("check", site.folder, "--offline", key=KEY)

    assert said.out.count("problem: ") == 20
    assert "and 10 more of broken-button" in said.out
    assert "30 problems" in said.out
    assert "\x1b" not in said.out


def test_one_thing_at_two_addresses_is_found(flattr: Flattr, site: Site) -> None:
    for title in ("Spelt", "More spelt"):
        thing = site.blog.sign_post(url=f"{SCOPE}spelt/", title=title)
        site.write("spelt/index.html", str(thing.button))
        site.tokens.append(thing.token)
    site.finish()

    assert "listed-twice" in kinds_of(flattr, site)


def test_old_flattr_is_noted_and_what_asks_flattr_com_is_a_problem(flattr: Flattr, site: Site) -> None:
    site.write("old.html", '<a href="https://flattr.com/submit/auto?user_id=carla&url=https://x.example">Flattr</a>')
    noted = flattr("check", site.folder, "--offline", "--json", key=KEY)
    site.write("older.html", '<script src="https://api.flattr.com/js/0.6/load.js?mode=auto"></script>')

    assert (noted.code, noted.kinds) == (0, {"old-flattr"})
    assert kinds_of(flattr, site) == {"old-flattr", "old-flattr-request"}


@pytest.mark.parametrize(
    "form",
    [
        KEY.text(),
        DIGITS,
        DIGITS.upper(),
        f"const KEY = '{DIGITS}';",
        b"\x89PNG\x00" + KEY.secret + b"\x00",
        b64encode(KEY.text().encode()),
        b64encode(b"x" + KEY.secret + b"yz"),
        b64encode(b"xx" + KEY.secret),
        urlsafe_b64encode(b"\xfb\xff" + KEY.secret),
        b64encode(bytes.fromhex(DIGITS)),
        bytes.fromhex(DIGITS),
        "".join(f"%{byte:02x}" for byte in KEY.secret),
        "".join(f"&#{byte};" for byte in KEY.secret),
        "".join(f"\\u{byte:04x}" for byte in KEY.secret),
        KEY.secret.hex(),
        DIGITS.encode("utf-16"),
        gzip.compress(KEY.text().encode()),
        b"x" * (8 * 2**20 - 20) + KEY.secret,
        re.sub(rb"(.{38})", rb"\1\r\n", b64encode(b"Letter: " + KEY.text().encode())),
    ],
    ids=range(19),
)
def test_the_key_is_found_in_whatever_form_and_never_shown(flattr: Flattr, site: Site, form: str | bytes) -> None:
    site.write("assets/bundle.bin", form)

    said = flattr("check", site.folder, "--offline", key=KEY)

    assert said.code == 1
    assert "assets/bundle.bin: the site key is in this file" in said.out
    assert DIGITS[:16] not in said.out + said.err


@pytest.mark.parametrize(
    "form", [KEY.text(), b64encode(b"x" + KEY.text().encode()), gzip.compress(KEY.text().encode())]
)
def test_the_whole_key_is_found_even_by_who_has_it_not(flattr: Flattr, site: Site, form: str | bytes) -> None:
    site.write("assets/bundle.bin", form)

    assert kinds_of(flattr, site, key=None) == {"key-published"}


def test_an_earlier_key_of_the_site_is_found_and_keys_of_others_are_their_own_business(
    flattr: Flattr, site: Site
) -> None:
    site.write("post.html", SiteKey("cemsnotes2", 1, b"0ddba115" * 8).text())
    of_others = kinds_of(flattr, site)
    site.write("post.html", SiteKey(KEY.site, 7, b"0ddba115" * 8).text())

    assert of_others == set()
    assert kinds_of(flattr, site) == {"key-published"}


def test_a_receiver_that_knows_the_site_agrees(flattr: Flattr, receiver: Receiver, tmp_path: Path) -> None:
    site = Site(tmp_path, receiver.blog("https://agreed.example/"))
    site.post("rye")
    site.finish()

    with_key = flattr("check", site.folder, key=site.blog.key)
    without = flattr("check", site.folder)

    assert (with_key.code, with_key.out.splitlines()[-1].rpartition(": ")[2]) == (0, "0 problems, 0 notes")
    assert without.code == 0


def test_a_site_that_waits_for_its_verification_is_noted(flattr: Flattr, receiver: Receiver, tmp_path: Path) -> None:
    site = Site(tmp_path, receiver.blog("https://waiting.example/", is_approved=False))
    site.post("rye")
    site.finish()

    said = flattr("check", site.folder, "--json", key=site.blog.key)

    assert (said.code, said.kinds) == (0, {"not-verified"})


def test_a_site_that_the_receiver_knows_elsewhere_is_found(flattr: Flattr, receiver: Receiver, tmp_path: Path) -> None:
    blog = receiver.blog("https://moved.example/blog/")
    site = Site(tmp_path, replace(blog, scope="https://moved.example/"))
    site.post("rye")
    site.finish()

    said = flattr("check", site.folder, "--json", key=blog.key)

    assert (said.code, said.kinds) == (1, {"other-scope"})
    assert flattr("check", site.folder, "--json").kinds == {"bad-token"}


def test_a_site_that_the_receiver_does_not_know_is_found(flattr: Flattr, receiver: Receiver, tmp_path: Path) -> None:
    site = Site(tmp_path, Blog(KEY, receiver.url, SCOPE))
    site.post("rye")
    site.finish()

    assert flattr("check", site.folder, "--json", key=KEY).kinds == {"unknown-site"}
    assert flattr("check", site.folder, "--json").kinds == {"unknown-site"}


def test_a_key_with_a_successor_is_noted_and_a_retired_one_is_found(
    flattr: Flattr, receiver: Receiver, tmp_path: Path
) -> None:
    site = Site(tmp_path, receiver.blog("https://rotated.example/"))
    site.post("rye")
    site.finish()
    key = site.blog.key

    with receiver.stage() as stage:
        with stage.db.reading() as connection:
            owner = sites.get(connection, key.site).owner
        carla = replace(stage.person("x@writes.example").user, id=owner)
        rotate_site_key(stage.db, stage.keys, owner=carla, site=key.site, generation=1, now=stage.now)
        succeeded = flattr("check", site.folder, "--json", key=key)
        replace_leaked_site_key(stage.db, stage.keys, owner=carla, site=key.site, generation=2, now=stage.now)

    assert (succeeded.code, succeeded.kinds) == (0, {"key-succeeded"})
    assert flattr("check", site.folder, "--json", key=key).kinds == {"retired-key"}
    assert flattr("check", site.folder, "--json").kinds == {"retired-key"}


def test_a_dead_receiver_is_to_be_tried_again_unless_something_is_wrong_anyway(flattr: Flattr, site: Site) -> None:
    dead = flattr("check", site.folder, key=KEY)
    site.write("leak.txt", DIGITS)

    assert dead.code == 3
    assert f"try again: {NOBODY} does not answer" in dead.out
    assert flattr("check", site.folder, key=KEY).code == 1


def test_a_receiver_without_https_is_not_asked(flattr: Flattr, tmp_path: Path) -> None:
    site = Site(tmp_path, Blog(KEY, "http://flattr.example/", SCOPE))
    site.post("rye")
    site.finish()

    said = flattr("check", site.folder, key=KEY)

    assert said.code == 1
    assert "write https" in said.out


def test_misuse_is_told_from_a_problem(flattr: Flattr, site: Site, tmp_path: Path) -> None:
    for said in (
        flattr("check", tmp_path / "nowhere", "--offline"),
        flattr("check"),
        flattr("check", site.folder, "--receiver", "flattr.example"),
        flattr("check", site.folder, key="fsk1_cut"),
        flattr(),
        flattr("chekc", site.folder),
    ):
        assert said.code == 2
        assert said.err


def test_a_key_on_the_command_line_is_not_repeated(flattr: Flattr, site: Site) -> None:
    said = flattr("check", site.folder, KEY.text())

    assert said.code == 2
    assert "FLATTR_SITE_KEY" in said.err
    assert DIGITS[:16] not in said.out + said.err


def test_the_list_of_another_program_is_read_as_ours(flattr: Flattr, site: Site) -> None:
    listing = ThingsList.parse((site.folder / WELL_KNOWN_PATH).read_bytes())

    assert listing.tokens == tuple(sorted(site.tokens))


def test_every_kind_of_finding_is_documented() -> None:
    page = (ROOT / "docs" / "check.md").read_text()

    assert re.findall(r"^\| `([a-z-]+)` \| (?:problem|note|try again) \|", page, re.M) == [kind.value for kind in Kind]
