"""The operator's settings: read, refused all at once, and documented."""

import re
from pathlib import Path

import pytest

from flattr_button.old_flattr import NAMES_OF_DEFAULTS, NAMES_OF_THE_USER
from receiver.domain.errors import BadSettings
from receiver.settings import PREFIX, Settings, load_settings

DOCS = Path(__file__).parents[2] / "docs"
PELICAN_OPTIONS = DOCS.parent / "plugins" / "pelican_flattr" / "options.py"
GOOD = {"FLATTR_PUBLIC_URL": "https://flattr.example"}


def faults_of(environment: dict[str, str], file: Path) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        load_settings(environment, file=file)
    return caught.value.faults


def test_the_address_alone_is_enough(tmp_path):
    settings = load_settings(GOOD, file=tmp_path / "none.env")

    assert settings.public_url == "https://flattr.example/"
    assert settings.rules.fee_basis_points == 1_000


def test_variables_win_over_the_file(tmp_path):
    file = tmp_path / "flattr.env"
    file.write_text("FLATTR_PUBLIC_URL=https://from-file.example\nFLATTR_PORT=9000\n")

    settings = load_settings({"FLATTR_PORT": "9001"}, file=file)

    assert settings.public_url == "https://from-file.example/"
    assert settings.port == 9001


def test_all_faults_are_reported_at_once(tmp_path):
    faults = faults_of(
        {
            "FLATTR_PORT": "eighty",
            "FLATTR_CURRENCY": "euro",
            "FLATTR_PLEDGE_MAX": "1.00",
            "FLATTR_PAYOUT_MIN": "NaN",
            "FLATTR_OPERATORS": "otto",
            "FLATTR_FEE_BASIS_POINTS": "-1",
            "FLATTR_PEDGE_MAX": "5",
        },
        tmp_path / "none.env",
    )

    named = {fault.partition(":")[0] for fault in faults}
    assert len(faults) == 8
    assert named == {
        "FLATTR_PUBLIC_URL",
        "FLATTR_PORT",
        "FLATTR_CURRENCY",
        "FLATTR_PLEDGE_MAX",
        "FLATTR_PAYOUT_MIN",
        "FLATTR_OPERATORS",
        "FLATTR_FEE_BASIS_POINTS",
        "FLATTR_PEDGE_MAX",
    }


def test_an_unknown_name_is_named_with_what_was_meant(tmp_path):
    (fault,) = faults_of(GOOD | {"FLATTR_OPERATOR": "otto@example.org"}, tmp_path / "none.env")

    assert fault == "FLATTR_OPERATOR: there is no such setting; did you mean FLATTR_OPERATORS?"


def test_a_blogs_own_variables_are_left_alone(tmp_path):
    load_settings(GOOD | {"FLATTR_SITE_KEY": "fsk1_x", "FLATTR_URL": "x"}, file=tmp_path / "none.env")


@pytest.mark.parametrize(
    "address", ["flattr.example", "ftp://flattr.example", "http://flattr.example", "https://flattr.example/path", "https://"]
)  # fmt: skip
def test_a_public_address_readers_cannot_sign_in_at_is_refused(address, tmp_path):
    (fault,) = faults_of({"FLATTR_PUBLIC_URL": address}, tmp_path / "none.env")

    assert fault.startswith("FLATTR_PUBLIC_URL: ")


@pytest.mark.parametrize("address", ["code.example/flattr", "javascript:alert(1)", "https:///flattr", "https://[x"])
def test_an_address_of_the_source_code_that_no_reader_can_open_is_refused(address, tmp_path):
    (fault,) = faults_of(GOOD | {"FLATTR_SOURCE_URL": address}, tmp_path / "none.env")

    assert fault.startswith("FLATTR_SOURCE_URL: ")


def test_codes_are_not_printed_for_the_world(tmp_path):
    settings = load_settings(GOOD, file=tmp_path / "none.env")

    with pytest.raises(BadSettings, match="FLATTR_SMTP_URL"):
        settings.require_mail()


def test_no_fault_shows_the_password_of_the_mail_server(tmp_path):
    (fault,) = faults_of({"FLATTR_SMTP_URL": "smtp://flattr:hunter2@mail.example"}, tmp_path / "none.env")

    assert "hunter2" not in fault
    assert "hunter2" not in repr(load_settings(GOOD | {"FLATTR_SMTP_URL": "smtps://a:hunter2@b"}, file=tmp_path / "x"))


def test_every_setting_is_documented_with_its_meaning():
    text = (DOCS / "settings.md").read_text()

    for name, field in Settings.model_fields.items():
        row = next((line for line in text.splitlines() if line.startswith(f"| `{PREFIX}{name.upper()}` |")), None)
        assert row is not None, name
        assert row.endswith(f"| {field.description} |"), name


def test_every_documented_setting_exists():
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    known |= {"FLATTR_SITE_KEY", "FLATTR_SITE_KEY_FILE", "FLATTR_URL", *NAMES_OF_THE_USER, *NAMES_OF_DEFAULTS}
    known |= set(re.findall(r"\bFLATTR_[A-Z_]+\b", PELICAN_OPTIONS.read_text()))

    for document in [*DOCS.glob("*.md"), DOCS.parent / "README.md"]:
        named = set(re.findall(r"\bFLATTR_[A-Z_]+\b", document.read_text()))
        assert named <= known, document.name


def test_the_example_in_the_documentation_is_taken(tmp_path):
    text = (DOCS / "settings.md").read_text()
    file = tmp_path / "flattr.env"
    file.write_text(re.search(r"```sh\n(# flattr\.env\n.*?)```", text, re.S)[1])

    settings = load_settings({}, file=file)

    assert settings.operators == {"otto@example.org"}
    settings.require_mail()


def test_a_line_that_sets_nothing_is_named(tmp_path):
    file = tmp_path / "flattr.env"
    file.write_text("FLATTR_PUBLIC_URL=https://flattr.example\nthis is wrong\nPORT=3\n")

    faults = faults_of({}, file)

    assert "flattr.env, line 2: write NAME=value" in faults
    assert "flattr.env, line 3: settings begin with FLATTR_, unlike PORT" in faults


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("FLATTR_PLEDGE_MAX", "1", "an amount of at least 2.00"),
        ("FLATTR_FEE_BASIS_POINTS", "20000", "a whole number from 0 to 5000; 1000 is 10 %"),
        ("FLATTR_PAYABLE_DAY", "40", "a day from 1 to 28"),
        ("FLATTR_PORT", "abc", "a number from 1 to 65535"),
        ("FLATTR_CLOSE_AUTOMATICALLY", "maybe", "yes or no"),
    ],
)
def test_a_value_out_of_bounds_is_told_the_bounds(name, value, remedy, tmp_path):
    assert faults_of(GOOD | {name: value}, tmp_path / "none.env") == [f"{name}: write {remedy}"]
