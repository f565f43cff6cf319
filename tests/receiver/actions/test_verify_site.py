"""Whose address it is: by a signed list on the site itself, its DNS, its front page, or the operator's word."""

import pytest

from flattr_button import ThingsList
from receiver.actions.register_site import register_site, replace_leaked_site_key
from receiver.actions.show_site import show_site
from receiver.actions.try_own_page import TRIES_PER_HOUR, PageTries
from receiver.actions.verify_site import approve_site, verify_by_dns, verify_by_head, verify_by_well_known
from receiver.domain.errors import (
    BadSiteAddress,
    FetchRefused,
    MonthClosing,
    NotAllowed,
    NotKnown,
    NotProven,
    ScopeTaken,
    TooMany,
)
from receiver.domain.month import Month
from receiver.domain.site import Site
from receiver.store import months
from tests.fakes.database import dump
from tests.fakes.pages import Pages, Records
from tests.receiver.cast import RECEIVER, Blog, Person, Stage

WHERE = "https://later.example/blog/.well-known/flattr.json"


@pytest.fixture
def later(carla: Person) -> Blog:
    return carla.registers("https://later.example/blog/", is_approved=False)


def listing(blog: Blog, *, receiver: str = RECEIVER, scope: str | None = None) -> bytes:
    return ThingsList.signed(blog.key, receiver=receiver, scope=scope or blog.address, tokens=[]).text().encode()


def verify(stage: Stage, owner: Person, blog: Blog, pages: Pages) -> Site:
    return verify_by_well_known(
        stage.db, stage.keys, pages, owner=owner.user, site=blog.key.site, receiver=RECEIVER, now=stage.now
    )


def test_a_signed_list_on_the_site_proves_it(stage: Stage, carla: Person, later: Blog) -> None:
    pages = Pages({WHERE: listing(later)})

    site = verify(stage, carla, later, pages)

    assert (site.is_verified, site.verified_by) == (True, "well-known")
    assert pages.asked == [WHERE]
    assert show_site(stage.db, later.key.site).site == site


def test_a_site_that_is_not_verified_is_not_in_the_directory(stage: Stage, later: Blog) -> None:
    with pytest.raises(NotKnown):
        show_site(stage.db, later.key.site)


def test_a_list_that_proves_nothing_changes_nothing(stage: Stage, carla: Person, radio: Blog, later: Blog) -> None:
    before = dump(stage.db)
    for body in (
        b"", b"<html>not found</html>", b"[]",
        listing(later, receiver="https://other.example/"),
        listing(later, scope="https://later.example/"),
        listing(radio),
        listing(radio, scope=later.address),
        listing(later).replace(b'"signature": "', b'"signature": "A')[:-4] + b'"\n}',
    ):  # fmt: skip
        with pytest.raises(NotProven):
            verify(stage, carla, later, Pages({WHERE: body}))
    with pytest.raises(FetchRefused):
        verify(stage, carla, later, Pages())

    assert dump(stage.db) == before


def test_a_list_signed_with_a_leaked_key_proves_nothing(stage: Stage, carla: Person, later: Blog) -> None:
    pages = Pages({WHERE: listing(later)})
    replace_leaked_site_key(stage.db, stage.keys, owner=carla.user, site=later.key.site, generation=1, now=stage.now)

    with pytest.raises(NotProven):
        verify(stage, carla, later, pages)


def test_nobody_verifies_somebody_elses_site(stage: Stage, cem: Person, later: Blog) -> None:
    pages = Pages({WHERE: listing(later)})

    with pytest.raises(NotAllowed):
        verify(stage, cem, later, pages)
    assert pages.asked == []


def test_one_address_is_verified_for_one_site(stage: Stage, cem: Person, later: Blog) -> None:
    rival = cem.registers(later.address, is_approved=False)
    rival.is_approved()

    with pytest.raises(ScopeTaken):
        later.is_approved()
    rival.is_withdrawn()
    later.is_approved()


def test_approving_again_keeps_the_first_day(stage: Stage, later: Blog) -> None:
    first = approve_site(stage.db, site=later.key.site, now=stage.now)

    assert approve_site(stage.db, site=later.key.site, now=stage.now.replace(day=20)) == first


def test_the_longest_verified_address_around_a_page_is_paid(
    stage: Stage, rosa: Person, carla: Person, cem: Person
) -> None:
    wide = carla.registers("https://shared.example/")
    rosa.clicks(wide.post("cem/one"), wide.post("cemetery"), wide.post("two"))
    narrow = cem.registers("https://shared.example/cem/")
    stage.close(Month(2026, 9))
    shares = (carla.earned, cem.earned)
    narrow.is_withdrawn()
    rosa.pays("10.00")
    rosa.clicks(wide.post("cem/one"))
    stage.close(Month(2026, 10))

    assert shares == (6_000_000, 3_000_000)
    assert (carla.earned, cem.earned) == (15_000_000, 3_000_000)


@pytest.mark.parametrize(
    "address", ["", "https://", "ftp://a.example/", "https://a.example/?q=1", "https://a b/", "\ud800"]
)
def test_what_is_no_address_is_no_site(stage: Stage, carla: Person, address: str) -> None:
    before = dump(stage.db)

    with pytest.raises(BadSiteAddress):
        register_site(stage.db, stage.keys, owner=carla.user, address=address, title="", now=stage.now)

    assert dump(stage.db) == before


def line(blog: Blog, *, receiver: str = RECEIVER) -> str:
    return f"receiver={receiver} site={blog.key.site}"


def verify_dns(stage: Stage, owner: Person, blog: Blog, records: Records) -> Site:
    return verify_by_dns(
        stage.db, records, PageTries(), owner=owner.user, site=blog.key.site, receiver=RECEIVER, now=stage.now
    )


def verify_head(stage: Stage, owner: Person, blog: Blog, pages: Pages) -> Site:
    return verify_by_head(
        stage.db, pages, PageTries(), owner=owner.user, site=blog.key.site, receiver=RECEIVER, now=stage.now
    )


@pytest.fixture
def host(carla: Person) -> Blog:
    """A blog that is a whole host."""
    return carla.registers("https://host.example/", is_approved=False)


def test_a_record_of_the_host_proves_it(stage: Stage, carla: Person, host: Blog) -> None:
    records = Records({"_flattr.host.example": ["v=spf1 -all", f'"{line(host)}"']})

    site = verify_dns(stage, carla, host, records)

    assert (site.is_verified, site.verified_by) == (True, "dns")
    assert records.asked == ["_flattr.host.example"]


def test_a_tag_in_the_head_of_the_front_page_proves_it(stage: Stage, carla: Person, later: Blog) -> None:
    tag = f'<html><head><title>x</title><meta name="flattr-site" content="{line(later)}"></head>'
    pages = Pages({later.address: tag.encode()})

    site = verify_head(stage, carla, later, pages)

    assert (site.is_verified, site.verified_by) == (True, "head")
    assert pages.asked == [later.address]


def test_what_was_found_instead_is_said(stage: Stage, carla: Person, cem: Person, host: Blog) -> None:
    rival = cem.registers(host.address, is_approved=False)
    before = dump(stage.db)
    elsewhere = line(host, receiver="https://other.example/")
    for said in ([], [line(rival)], [elsewhere], ["v=spf1 -all"]):
        tags = "".join(f'<meta name="flattr-site" content="{one}">' for one in said)
        with pytest.raises(NotProven) as by_dns:
            verify_dns(stage, carla, host, Records({"_flattr.host.example": said}))
        with pytest.raises(NotProven) as by_head:
            verify_head(stage, carla, host, Pages({host.address: tags.encode()}))
        for refused in (by_dns.value, by_head.value):
            assert str(refused).endswith(f"it has to say: {line(host)}")
            assert (said[0] if said else "says nothing") in str(refused)
    with pytest.raises(NotProven):
        verify_head(stage, carla, host, Pages({host.address: f"<body>{line(host)}".encode()}))
    with pytest.raises(FetchRefused):
        verify_head(stage, carla, host, Pages())

    assert dump(stage.db) == before


def test_a_record_says_nothing_of_a_path(stage: Stage, carla: Person, later: Blog) -> None:
    records = Records({"_flattr.later.example": [line(later)]})

    with pytest.raises(NotProven, match="is no whole host"):
        verify_dns(stage, carla, later, records)
    assert records.asked == []


def test_every_proof_keeps_to_the_same_rules(stage: Stage, rosa: Person, carla: Person, cem: Person, host: Blog):
    rival = cem.registers(host.address, is_approved=False)
    records = Records({"_flattr.host.example": [line(host), line(rival)]})
    pages = Pages({host.address: f'<meta name="flattr-site" content="{line(rival)}">'.encode()})

    with pytest.raises(NotAllowed):
        verify_dns(stage, cem, host, records)
    with pytest.raises(NotAllowed):
        verify_head(stage, carla, rival, pages)
    with stage.db.writing() as connection:
        months.begin(connection, Month(2026, 9))
        months.set_closing(connection, Month(2026, 9), stage.now)
    with pytest.raises(MonthClosing):
        verify_dns(stage, carla, host, records)
    with stage.db.writing() as connection:
        months.set_closed(connection, Month(2026, 9), stage.now)
    verify_dns(stage, carla, host, records)
    for again in (lambda: verify_dns(stage, cem, rival, records), lambda: verify_head(stage, cem, rival, pages)):
        with pytest.raises(ScopeTaken):
            again()


def test_nobody_has_names_asked_for_all_day(stage: Stage, carla: Person, host: Blog) -> None:
    records, tries = Records(), PageTries()

    def ask() -> None:
        verify_by_dns(stage.db, records, tries, owner=carla.user, site=host.key.site, receiver=RECEIVER, now=stage.now)

    for _ in range(TRIES_PER_HOUR):
        with pytest.raises(NotProven):
            ask()
    with pytest.raises(TooMany):
        ask()
    assert len(records.asked) == TRIES_PER_HOUR
