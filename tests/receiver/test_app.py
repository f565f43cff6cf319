"""The real parts, joined: keys beside books, and rails where they belong."""

import socket
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from receiver.app import build_app, build_parts
from receiver.cli.terminal import listening_socket
from receiver.domain.errors import BadSettings
from receiver.settings import Settings

Begin = Callable[..., Settings]


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Begin a receiver and stop it again."""

    def begin(public_url: str = "http://127.0.0.1:8000", **others: Any) -> Settings:
        others = {"data_dir": tmp_path / "data", "smtp_url": "smtp://127.0.0.1:1"} | others
        settings = Settings(public_url=public_url, **others)
        build_parts(settings).db.close()
        return settings

    return begin


@pytest.mark.parametrize("source", ["", "https://code.example/flattr?branch=a&b=<c>"])
def test_every_page_leads_to_the_source_code_if_there_is_an_address(tmp_path: Path, source: str) -> None:
    """AGPL, section 13: who runs a changed receiver offers its source to those who use it."""
    settings = Settings(public_url="http://127.0.0.1:8000", data_dir=tmp_path / "data", source_url=source)
    parts = build_parts(settings)
    client = TestClient(build_app(parts), base_url="http://127.0.0.1:8000")  # no `with`: no housekeeping is needed

    for address in ("/", "/sign-in", "/nothing"):
        page = client.get(address).text
        assert "Free software under the AGPL" in page
        assert (f'href="{escape(source)}"' in page) == bool(source)
        assert ("source code" in page) == bool(source)
    parts.db.close()


def test_lost_master_keys_are_not_replaced_while_there_are_books(begin: Begin) -> None:
    """A new ring would make every button of every blog a forged one."""
    settings = begin()
    settings.master_keys_path.unlink()

    with pytest.raises(BadSettings, match="put the file back from your backup"):
        build_parts(settings)

    assert not settings.master_keys_path.exists()


def test_master_keys_that_were_put_back_are_the_same(begin: Begin) -> None:
    settings = begin()
    backup = settings.master_keys_path.read_text()
    settings.master_keys_path.unlink()
    settings.master_keys_path.touch(mode=0o600)
    settings.master_keys_path.write_text(backup)

    build_parts(settings).db.close()


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost:8000"])
def test_play_money_is_for_ones_own_machine(begin: Begin, address: str) -> None:
    parts = build_parts(begin(address))
    parts.db.close()

    assert set(parts.rails) == {"hand", "play"}


def test_where_readers_come_over_the_network_there_is_no_play_money(begin: Begin) -> None:
    parts = build_parts(begin("https://flattr.example"))
    parts.db.close()

    assert set(parts.rails) == {"hand"}


def test_books_keep_their_currency(begin: Begin) -> None:
    begin()

    with pytest.raises(BadSettings, match="these books are in EUR"):
        begin(currency="USD")


def test_a_data_folder_that_is_none_is_refused_in_a_sentence(begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "afile").write_text("")

    with pytest.raises(BadSettings, match="FLATTR_DATA_DIR"):
        begin(data_dir=tmp_path / "afile")


def test_a_port_that_is_taken_is_told_before_anything_is_begun(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(BadSettings, match="cannot listen on"):
        listening_socket("127.0.0.1", taken.getsockname()[1])
