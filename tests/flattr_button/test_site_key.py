"""The key of a site: read, refused, never shown."""

import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flattr_button import BadSiteKey, SiteKey, site_key_from_environment
from tests.flattr_button.makers import keys


@given(keys)
def test_a_key_is_written_and_read(key):
    assert SiteKey.parse(key.text()) == key


@given(keys, st.data())
def test_a_key_with_one_character_changed_is_refused(key, data):
    text = key.text()
    at = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.characters(codec="ascii").filter(lambda character: character != text[at]))
    changed = text[:at] + character + text[at + 1 :]

    if changed.strip() != text:
        with pytest.raises(BadSiteKey):
            SiteKey.parse(changed)


@given(st.text(st.characters()))
def test_any_text_is_refused_in_our_own_words(text):
    with pytest.raises(BadSiteKey):
        SiteKey.parse(text)


@pytest.mark.parametrize("secret", [b"", b"0" * 63, b"0" * 65, b"G" * 64, b"0" * 64 + b"\n"])
def test_no_key_is_made_of_another_secret(secret):
    with pytest.raises(BadSiteKey):
        SiteKey("carlablog2", 1, secret)


@pytest.mark.parametrize(
    ("site", "generation"), [("", 1), ("CARLABLOG2", 1), ("carlablog2", 0), ("carlablog2", 10_000)]
)
def test_no_key_is_made_of_another_site(site, generation):
    with pytest.raises(BadSiteKey):
        SiteKey(site, generation, b"0" * 64)


def test_without_a_name_in_the_environment_there_is_no_key():
    assert site_key_from_environment({}) is None
    assert site_key_from_environment({"FLATTR_SITE_KEY": " ", "FLATTR_SITE_KEY_FILE": ""}) is None


def test_the_key_is_taken_from_the_environment_before_the_file(carla):
    environment = {"FLATTR_SITE_KEY": carla.text(), "FLATTR_SITE_KEY_FILE": "/nowhere"}

    assert site_key_from_environment(environment) == carla


@pytest.mark.parametrize("around", ["{}", "{}\n", "\ufeff{}\r\n"])
def test_the_key_is_taken_from_a_file_as_editors_write_it(around, carla, tmp_path):
    file = tmp_path / "site.key"
    file.write_text(around.format(carla.text()), encoding="utf-8", newline="")

    assert site_key_from_environment({"FLATTR_SITE_KEY_FILE": str(file)}) == carla


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"x" * 100_000, "fsk1_ü".encode()])
def test_a_file_that_holds_no_key_is_refused(content, tmp_path):
    file = tmp_path / "site.key"
    file.write_bytes(content)

    with pytest.raises(BadSiteKey):
        site_key_from_environment({"FLATTR_SITE_KEY_FILE": str(file)})


@pytest.mark.parametrize("name", ["/nowhere/at/all", "/", "a\x00b", "x" * 5000])
def test_a_file_that_cannot_be_read_is_refused(name):
    with pytest.raises(BadSiteKey):
        site_key_from_environment({"FLATTR_SITE_KEY_FILE": name})


def test_a_key_in_the_place_of_a_file_name_does_not_get_into_the_log(carla):
    try:
        site_key_from_environment({"FLATTR_SITE_KEY_FILE": carla.text()})
    except BadSiteKey as error:
        shown = "".join(traceback.format_exception(error))

    assert carla.secret.decode() not in shown
    assert "FLATTR_SITE_KEY" in shown


def test_a_mistyped_key_is_not_shown(carla):
    mistyped = carla.text()[:-1] + "x"

    with pytest.raises(BadSiteKey) as caught:
        SiteKey.parse(mistyped)

    assert carla.secret.decode() not in "".join(traceback.format_exception(caught.value))


def test_the_tests_leave_no_key_file():
    assert not Path("site.key").exists()
