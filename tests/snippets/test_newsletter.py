"""The link of a newsletter, through a real mail."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.snippets.link_follower import SCOPE, LinkFollower, link_follower, links_of


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[LinkFollower]:
    with link_follower(tmp_path) as follower:
        yield follower


def mailed(html: str, encoding: str) -> str:
    """Send HTML as the alternative of a text; return it as it arrives."""
    mail = EmailMessage()
    mail["Subject"] = "News from the bees"
    mail.set_content("News.")
    mail.add_alternative(f"<html><body>{html}</body></html>", subtype="html", cte=encoding)
    arrived = message_from_bytes(mail.as_bytes(policy=policy.SMTP), policy=policy.default)
    body = arrived.get_body(("html",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64"])
def test_the_link_survives_the_mail_and_needs_no_referrer(encoding: str, follower: LinkFollower) -> None:
    (link,) = links_of(mailed(follower.snippet("newsletter/link.html"), encoding))

    assert follower.clicked_by_following(link, said_title="A post") == f"{SCOPE}a-post/"


def test_what_a_mailing_tool_appends_makes_no_other_thing(follower: LinkFollower) -> None:
    (link,) = links_of(mailed(follower.snippet("newsletter/link.html"), "quoted-printable"))

    counted = f"{link}&utm_source=news&utm_medium=email&mc_cid=1234"

    assert follower.clicked_by_following(counted, said_title="A post") == f"{SCOPE}a-post/"


def test_the_mail_brings_its_own_style_and_requests_nothing(follower: LinkFollower) -> None:
    html = follower.snippet("newsletter/link.html")

    assert not any(word in html for word in ("<img", "src=", "<script", "<style", "<link", "url(", "class="))
