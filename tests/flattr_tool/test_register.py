"""`flattr register` sends what the receiver does not know yet, and can be cut off and run again."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flattr_button import Blog
from flattr_button.wish import Wish
from flattr_tool import command, register
from tests.fakes.served_receiver import kill
from tests.flattr_tool.conftest import KEY, SCOPE, Receiver, Said, Site

Flattr = Callable[..., Said]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def new_site(receiver: Receiver, tmp_path: Path, request: pytest.FixtureRequest) -> Site:
    """A site of its own for each test, registered, whose posts nobody knows yet."""
    host = re.sub(r"[^a-z]+", "-", request.node.name.lower()).strip("-")[-60:].strip("-")
    site = Site(tmp_path / "public", receiver.blog(f"https://{host}.example/"))
    for slug in ("rye", "oats", "spelt"):
        site.post(slug)
    return site.finish()


def difference(flattr: Flattr, site: Site) -> tuple[list[str], list[str], int, list[str]]:
    """Return what would be sent: slugs of new and changed things, how many are unchanged, slugs of gone ones."""
    document = flattr("register", site.folder, "--dry-run", "--json", key=site.blog.key).document

    def slugs(addresses: list[str]) -> list[str]:
        return sorted(address.removeprefix(site.blog.scope).strip("/") for address in addresses)

    return (
        slugs([thing["url"] for thing in document["new"]]),
        slugs([thing["url"] for thing in document["changed"]]),
        document["unchanged"],
        slugs(document["gone"]),
    )


def test_new_things_are_shown_and_sent_once(flattr: Flattr, new_site: Site) -> None:
    first = flattr("register", new_site.folder, "--yes", key=new_site.blog.key)
    second = flattr("register", new_site.folder, "--yes", key=new_site.blog.key)

    assert (first.code, second.code) == (0, 0)
    assert f"new        {new_site.blog.scope}rye/  About rye" in first.out
    assert "sent 3 of 3" in first.out
    assert "nothing to send" in second.out
    assert difference(flattr, new_site) == ([], [], 3, [])


def test_a_dry_run_sends_nothing(flattr: Flattr, new_site: Site) -> None:
    flattr("register", new_site.folder, "--dry-run", key=new_site.blog.key)

    assert difference(flattr, new_site) == (["oats", "rye", "spelt"], [], 0, [])


def test_changed_and_gone_things_are_told_apart(flattr: Flattr, new_site: Site) -> None:
    flattr("register", new_site.folder, "--yes", key=new_site.blog.key)
    later = Site(new_site.folder.parent / "later", new_site.blog)
    later.post("rye")
    later.post("oats", title="All about oats")
    later.post("barley", tags=["bread"], modified=datetime.now(UTC) + timedelta(days=9))
    later.finish()

    before = difference(flattr, later)
    said = flattr("register", later.folder, "--yes", key=later.blog.key)

    assert before == (["barley"], ["oats"], 1, ["spelt"])
    assert "All about oats  (was: About oats)" in said.out
    assert difference(flattr, later) == ([], [], 3, ["spelt"])


def test_many_things_are_sent_in_batches(flattr: Flattr, new_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "BATCH", 2)

    said = flattr("register", new_site.folder, "--yes", key=new_site.blog.key)

    assert re.findall(r"sent (\d) of 3", said.out) == ["2", "3"]


def test_a_registration_that_was_killed_sends_only_the_rest(flattr: Flattr, receiver: Receiver, new_site: Site) -> None:
    count = 3 * register.BATCH
    for number in range(count):
        new_site.tokens.append(new_site.blog.sign_post(url=f"{new_site.blog.scope}{number}/", title=str(number)).token)
    new_site.finish()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FLATTR_")} | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "plugins")]),
        "FLATTR_SITE_KEY": new_site.blog.key.text(),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "flattr_tool", "register", str(new_site.folder), "--yes"],
        env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        while not (line := child.stdout.readline()).startswith("sent"):
            assert line, "it ended too soon"
        kill(child)  # type: ignore[arg-type]

    left = difference(flattr, new_site)
    again = flattr("register", new_site.folder, "--yes", key=new_site.blog.key)

    assert len(left[0]) in (count + 3 - register.BATCH, count + 3 - 2 * register.BATCH)  # one more may have got there
    assert f"sent {len(left[0])} of {len(left[0])}" in again.out
    assert difference(flattr, new_site) == ([], [], count + 3, [])


def test_a_receiver_that_dies_meanwhile_is_to_be_tried_again(
    flattr: Flattr, new_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(*_: object, **__: object) -> None:
        raise command.ReceiverSilent("https://flattr.example/", "connection reset")

    monkeypatch.setattr(register, "post_signed", dead)

    said = flattr("register", new_site.folder, "--yes", key=new_site.blog.key)

    assert said.code == 3
    assert "try again" in said.err


def test_what_the_receiver_refuses_is_named(flattr: Flattr, receiver: Receiver, tmp_path: Path) -> None:
    outer = receiver.blog("https://shared.example/")
    receiver.blog("https://shared.example/of-cem/")
    site = Site(tmp_path, outer)
    site.post("rye")
    site.post("of-cem/valves")
    site.finish()

    said = flattr("register", site.folder, "--yes", key=outer.key)

    assert said.code == 1
    assert "sent 2 of 2" in said.out
    assert re.search(r"problem: https://shared.example/of-cem/valves/: .* is outside", said.out)
    assert difference(flattr, site) == (["of-cem/valves"], [], 1, [])


def test_a_post_that_got_a_stable_id_is_another_thing(flattr: Flattr, new_site: Site) -> None:
    flattr("register", new_site.folder, "--yes", key=new_site.blog.key)
    later = Site(new_site.folder.parent / "later", new_site.blog)
    later.post("rye", wish=Wish(id="rye"))
    later.finish()

    assert difference(flattr, later) == (["rye"], [], 0, ["oats", "rye", "spelt"])


def test_nobody_is_asked_where_nobody_is(flattr: Flattr, new_site: Site) -> None:
    said = flattr("register", new_site.folder, key=new_site.blog.key)

    assert said.code == 2
    assert "--yes" in said.err
    assert difference(flattr, new_site)[0] == ["oats", "rye", "spelt"]


@pytest.mark.parametrize(("answer", "is_sent"), [("y\n", True), ("\n", False), ("n\n", False)])
def test_on_a_terminal_it_asks(
    flattr: Flattr, new_site: Site, monkeypatch: pytest.MonkeyPatch, answer: str, is_sent: bool
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return answer

    monkeypatch.setattr(command.sys, "stdin", Terminal())  # type: ignore[attr-defined]

    said = flattr("register", new_site.folder, key=new_site.blog.key)

    assert "send 3 things? [y/N]" in said.out
    assert ("sent 3 of 3" in said.out) is is_sent


def test_without_the_key_nothing_can_be_registered(flattr: Flattr, new_site: Site, tmp_path: Path) -> None:
    other = replace(KEY, generation=2)

    assert flattr("register", new_site.folder, "--yes").code == 2
    assert flattr("register", new_site.folder, "--yes", key=other).code == 1
    assert flattr("register", tmp_path, "--yes", key=KEY).code == 1


def test_a_site_that_the_receiver_does_not_know_is_refused(flattr: Flattr, receiver: Receiver, tmp_path: Path) -> None:
    site = Site(tmp_path, Blog(KEY, receiver.url, SCOPE))
    site.post("rye")
    site.finish()

    said = flattr("register", site.folder, "--yes", key=KEY)

    assert said.code == 1
    assert "is not known here" in said.err
