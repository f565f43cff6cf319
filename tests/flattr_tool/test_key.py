"""`flattr key` tells of a key all that is no secret."""

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.flattr_tool.conftest import KEY, Said

Flattr = Callable[..., Said]


def test_a_key_is_told_without_its_secret(flattr: Flattr) -> None:
    said = flattr("key", key=KEY)

    assert said.code == 0
    assert said.out.splitlines()[:3] == ["site         carlablog2", "generation   1", "checksum     fits"]
    assert not any(KEY.secret.decode()[at : at + 8] in said.out for at in range(0, 64, 8))


def test_two_keys_have_two_fingerprints_and_one_has_one(flattr: Flattr) -> None:
    other = replace(KEY, secret=b"0badc0de" * 8)

    prints = [flattr("key", "--json", key=key).document["fingerprint"] for key in (KEY, KEY, other)]

    assert prints[0] == prints[1] != prints[2]


@pytest.mark.parametrize("how", ["--file", "environment"])
def test_a_key_in_a_file_that_others_can_read_is_noted(flattr: Flattr, tmp_path: Path, how: str) -> None:
    file = tmp_path / "key"
    file.write_text(KEY.text())

    def noted(mode: int) -> bool:
        file.chmod(mode)
        said = flattr("key", "--file", file) if how == "--file" else flattr("key", FLATTR_SITE_KEY_FILE=str(file))
        assert said.code == 0
        return "chmod 600" in said.out

    assert noted(0o644)
    assert not noted(stat.S_IRUSR | stat.S_IWUSR)


@pytest.mark.parametrize("text", ["", "fsk1_", KEY.text()[:-1], KEY.text().replace("5ca1", "5ca2", 1)])
def test_a_damaged_key_is_a_problem_and_is_not_shown(flattr: Flattr, tmp_path: Path, text: str) -> None:
    file = tmp_path / "key"
    file.write_text(text)

    said = flattr("key", "--file", file)

    assert said.code == 1
    assert said.err.startswith("flattr: ")
    assert "ca1ab1e" not in said.out + said.err


def test_no_key_is_misuse_and_a_file_that_is_not_there_a_problem(flattr: Flattr, tmp_path: Path) -> None:
    assert flattr("key").code == 2
    assert flattr("key", "--file", tmp_path / "nowhere").code == 1
    in_place_of_a_name = flattr("key", "--file", KEY.text())
    assert in_place_of_a_name.code == 1
    assert "5ca1ab1e" not in in_place_of_a_name.err
