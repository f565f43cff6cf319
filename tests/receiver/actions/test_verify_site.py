"""Whose address it is: by a signed list on the site itself, or by the operator's word."""

import pytest

from flattr_button import ThingsList
from receiver.actions.register_site import register_site, replace_leaked_site_key
from receiver.actions.show_directory import show_site
from receiver.actions.verify_site import approve_site, verify_by_well_known
from receiver.domain.errors import BadSiteAddress, FetchRefused, NotAllowed, NotKnown, NotProven, ScopeTaken
from receiver.domain.month import Month
from receiver.domain.site import Site
from tests.fakes.database import dump
from tests.fakes.pages import Pages
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
    assert show_site(stage.db, later.key.site)[0] == site


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
