"""snippets/shell/sign.sh in the shell of the machine."""

import shutil
import subprocess
import unicodedata

import pytest

from flattr_button import button_html, canonical_url, cleaned_title
from tests.snippets.strange_posts import (
    BAD_KEYS,
    KEY,
    MISTYPED,
    POSTS,
    RECEIVER,
    SCOPE,
    SNIPPETS,
    claim_of,
    refusal_of,
    require_proof,
    title_of,
    wild_titles,
)  # fmt: skip

SCRIPT = SNIPPETS / "shell" / "sign.sh"
GOOD_KEY = KEY.text()
PAGE = f"{SCOPE}bees/"


def sign(*arguments, key=GOOD_KEY, shell="sh"):
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed; install it (Debian: apt install openssl)")
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin"} | ({} if key is None else {"FLATTR_SITE_KEY": key})
    return subprocess.run([shell, SCRIPT, *arguments], env=environment, capture_output=True, text=True, check=False)


def claim_from(button, language="en"):
    token = button.partition(f"{RECEIVER}/f/")[2].partition('"')[0]
    assert button == f"{button_html(RECEIVER, token, language=language)}\n", (
        "run: python -m tests.snippets.write_buttons"
    )
    return claim_of(token)


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("slug", POSTS)
def test_the_receiver_takes_the_button_of_each_post(slug, shell):
    post = POSTS[slug]

    done = sign(f"{SCOPE}{slug}/", post.title, post.language, shell=shell)

    assert (done.returncode, done.stderr) == (0, "")
    claim = claim_from(done.stdout, post.language)
    assert claim.url == canonical_url(f"{SCOPE}{slug}/")
    assert claim.title == title_of(post, claim.url)
    assert claim.language == post.language


@pytest.mark.parametrize(
    "rest",
    ["", "b%c3%bc/%7ecarla/#top", "ü/'quoted'(1)!/", "?p=12&lang=de", "a%2fb%20c", "100%/", "x" * 900, "[1]/{2}|3^`"],
)
def test_an_address_is_made_canonical(rest):
    assert claim_from(sign(SCOPE + rest, "Bees").stdout).url == canonical_url(SCOPE + rest)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://other.example/", "is outside of https://blog.example/; correct the address"),
        ("/bees/", "is outside of https://blog.example/; correct the address"),
        (f"{SCOPE}a/../b/", "cannot stand in a button"),
        (f"{SCOPE}a/..%2fb/", "cannot stand in a button"),
        (f"{SCOPE}%00", "cannot stand in a button"),
        (f"{SCOPE}?utm_source=x", "cannot stand in a button"),
        (f"{SCOPE}{'x' * 1100}", "cannot stand in a button"),
    ],
)
def test_an_address_that_a_receiver_would_refuse_is_refused(address, said):
    done = sign(address, "Bees")

    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr


def test_no_title_makes_a_claim_that_a_receiver_refuses():
    titles = [title for title in wild_titles(60) if "\0" not in title]

    claims = [claim_from(sign(PAGE, title).stdout) for title in titles]

    assert [claim.title for claim in claims if refusal_of(claim.title)] == []
    different = [title for title, claim in zip(titles, claims, strict=True) if claim.title != cleaned_title(title)]
    assert len(different) < len(titles) / 10, "where nothing but rare marks can be seen, the address is the title"


def test_a_title_is_cut_only_where_the_format_asks_for_it():
    assert claim_from(sign(PAGE, "蜂" * 200).stdout).title == "蜂" * 200
    assert claim_from(sign(PAGE, "蜂" * 201).stdout).title == f"{'蜂' * 199}…"


def test_a_title_that_is_no_utf_8_is_refused():
    done = subprocess.run(
        ["sh", SCRIPT, PAGE, b"B\xe4ume"], env={"PATH": "/usr/bin:/bin", "FLATTR_SITE_KEY": KEY.text()},
        capture_output=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (1, b"")
    assert b"the title is not UTF-8" in done.stderr


@pytest.mark.parametrize("program", ["python3", "perl"])
def test_a_decomposed_title_is_joined_by_the_program_that_is_there(program, tmp_path):
    done = _sign_with(tmp_path, program, unicodedata.normalize("NFD", "Über Việt Nam が"))

    assert claim_from(done.stdout).title == "Über Việt Nam が"


def _sign_with(folder, program, title):
    """Sign where there is nothing but what POSIX names, gzip, openssl and one program."""
    for name in ("sh", "awk", "tr", "cat", "gzip", "tail", "od", "grep", "cut", "iconv", "openssl", program):
        if name:
            (folder / name).symlink_to(shutil.which(name, path="/usr/bin:/bin"))
    environment = {"PATH": str(folder), "FLATTR_SITE_KEY": KEY.text()}
    return subprocess.run(["sh", SCRIPT, PAGE, title], env=environment, capture_output=True, text=True, check=False)


def test_an_accent_needs_no_program_beside_the_shell_unless_it_is_decomposed(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()

    composed = _sign_with(tmp_path / "one", None, "Über")
    decomposed = _sign_with(tmp_path / "other", None, unicodedata.normalize("NFD", "Über"))

    assert claim_from(composed.stdout).title == "Über"
    assert (decomposed.returncode, decomposed.stdout) == (1, "")
    assert "needs Unicode form NFC; install python3 or perl" in decomposed.stderr


@pytest.mark.parametrize("key", [None, "", "  "])
def test_without_a_key_nothing_is_printed_and_the_build_goes_on(key):
    done = sign(PAGE, "Bees", key=key)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("key", [*BAD_KEYS.values(), MISTYPED])
def test_a_bad_key_signs_nothing_and_is_said_without_showing_it(key):
    done = sign(PAGE, "Bees", key=key)

    assert (done.returncode, done.stdout) == (1, "")
    assert "copy it" in done.stderr
    assert key not in done.stderr


def test_the_file_that_proves_the_site_is_printed():
    require_proof(sign("--proof").stdout)


def test_the_same_page_gives_the_same_bytes():
    assert sign(PAGE, "Bees").stdout == sign(PAGE, "Bees").stdout


def test_the_key_is_an_argument_of_no_program(tmp_path):
    for name in ("awk", "tr", "gzip", "tail", "od", "grep", "iconv", "openssl"):
        (tmp_path / name).write_text(
            f'#!/bin/sh\nprintf "%s " "$@" >> {tmp_path}/arguments\nexec {shutil.which(name)} "$@"\n'
        )
        (tmp_path / name).chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "FLATTR_SITE_KEY": KEY.text()}

    subprocess.run(["sh", SCRIPT, PAGE, "Bees"], env=environment, capture_output=True, check=True)

    arguments = (tmp_path / "arguments").read_text(errors="replace")
    assert "dgst -sha256" in arguments
    assert KEY.secret.decode() not in arguments
