"""The stage on which the cast plays: a receiver on a fresh database, with a clock that the test sets.

Each verb is one call of an action, so a test reads as a story.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from flattr_button import ClickKey, SiteKey, claim_for_post, sign
from receiver.actions.change_email import ask_new_address, change_email
from receiver.actions.click_named_page import click_named_page
from receiver.actions.close_month import close_month
from receiver.actions.connect_application import connect_application
from receiver.actions.genuine import Genuine
from receiver.actions.give import give
from receiver.actions.mint_click_token import mint_click_token
from receiver.actions.mint_site_token import mint_site_token
from receiver.actions.open_button import open_button
from receiver.actions.open_named_page import name_of_page
from receiver.actions.open_printed_code import printed_code
from receiver.actions.pay_out import pay_out, reuse_earnings
from receiver.actions.record_clicks import Receipt, click_on_page
from receiver.actions.register_site import register_site, site_key
from receiver.actions.send_mails import send_mails
from receiver.actions.set_pledge import set_pledge
from receiver.actions.share_site import (
    accept_invitation,
    change_parts,
    invite,
    leave_team,
    remove_member,
    show_memberships,
)
from receiver.actions.sign_in import SignedIn, enter_code, request_code
from receiver.actions.state_month import (
    CreatorStatement,
    ReaderStatement,
    state_creator_month,
    state_earnings,
    state_reader_month,
)
from receiver.actions.subscribe import subscribe
from receiver.actions.take_payment import refund_payment, take_payment
from receiver.actions.undo_click import undo_click
from receiver.actions.use_recovery_code import make_recovery_codes, use_recovery_code
from receiver.actions.verify_site import approve_site, withdraw_site
from receiver.domain.device import Device
from receiver.domain.money import Currency, Micros
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.rules import Rules
from receiver.gateways.rails import ByHand
from receiver.store import sites, things
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys
from tests.fakes.mail import Outbox

RECEIVER = "https://flattr.example/"
EUR = Currency("EUR")


def eur(amount: str) -> Micros:
    return EUR.parse(amount)


def at(text: str) -> datetime:
    """Read `2026-09-03` or `2026-09-03T12:00`, in UTC."""
    return datetime.fromisoformat(f"{text}+00:00" if "T" in text else f"{text}T00:00+00:00")


@dataclass
class Stage:
    """The receiver as the cast meets it."""

    db: Database
    keys: MasterKeys
    outbox: Outbox
    now: datetime
    rules: Rules = field(default_factory=Rules)
    rail: ByHand = field(default_factory=ByHand)
    numbers: "count[int]" = field(default_factory=count)

    def sign_in(self, email: str) -> SignedIn:
        browser = request_code(
            self.db, self.keys, self.outbox, email=email, return_to="/", receiver=RECEIVER, now=self.now
        )
        return enter_code(self.db, self.keys, browser=browser, code=self.outbox.newest.code, now=self.now)

    def person(self, email: str) -> "Person":
        signed_in = self.sign_in(email)
        return Person(self, signed_in.user, signed_in.session)

    def sends_mails(self) -> None:
        """Send what waits in the outbox, as housekeeping does."""
        send_mails(self.db, self.outbox, clock=lambda: self.now)

    def reference(self) -> str:
        return f"statement line {next(self.numbers)}"

    def close(self, month: Month) -> None:
        """Close a month on the second day of the next."""
        self.now = max(self.now, month.end().replace(day=2))
        close_month(self.db, self.rules, month, now=self.now)


@dataclass
class Person:
    """Somebody signed in: reads, writes, or both."""

    stage: Stage
    user: User
    session: str

    def proves(self) -> "Person":
        """Go on in a strong session, by the first of new recovery codes."""
        code = make_recovery_codes(self.stage.db, session=self.session, now=self.stage.now)[0]
        self.session = use_recovery_code(
            self.stage.db, code=code, session=self.session, device=Device(), now=self.stage.now
        ).session
        return self

    def moves_to(self, email: str) -> str:
        """Change the address by the code that came to the new one; return the secret of the undo link."""
        stage = self.stage
        browser = ask_new_address(
            stage.db, stage.keys, stage.outbox, session=self.session, email=email, receiver=RECEIVER, now=stage.now
        )
        change_email(
            stage.db, stage.keys,
            session=self.session, browser=browser, code=stage.outbox.newest.code, receiver=RECEIVER, now=stage.now,
        )  # fmt: skip
        stage.sends_mails()
        return stage.outbox.newest.text.partition(f"{RECEIVER}undo/")[2].split()[0]

    def pays(self, amount: str) -> None:
        take_payment(
            self.stage.db,
            self.stage.rail,
            reader=self.user,
            amount=eur(amount),
            reference=self.stage.reference(),
            now=self.stage.now,
        )

    def is_refunded(self, amount: str) -> None:
        refund_payment(
            self.stage.db,
            self.stage.rail,
            EUR,
            reader=self.user,
            amount=eur(amount),
            reference=self.stage.reference(),
            now=self.stage.now,
        )

    def is_paid_out(self, amount: str | None = None) -> Micros:
        return pay_out(
            self.stage.db,
            self.stage.rail,
            self.stage.rules,
            creator=self.user,
            amount=None if amount is None else eur(amount),
            reference=self.stage.reference(),
            now=self.stage.now,
        ).amount

    def reuses(self, amount: str) -> None:
        form = self.stage.reference()
        reuse_earnings(
            self.stage.db, self.stage.rules, user=self.user, amount=eur(amount), form=form, now=self.stage.now
        )

    def pledges(self, amount: str) -> None:
        set_pledge(self.stage.db, self.stage.rules, reader=self.user, amount=eur(amount), now=self.stage.now)

    def registers(self, address: str, *, title: str = "", is_approved: bool = True) -> "Blog":
        """Register a site and, unless told otherwise, have Otto approve it."""
        key = register_site(
            self.stage.db, self.stage.keys, owner=self.user, address=address, title=title, now=self.stage.now
        )
        blog = Blog(self.stage, address, key)
        if is_approved:
            blog.is_approved()
        return blog

    def opens(self, page: "Page") -> str:
        """Open the confirm page of a button; return its click token."""
        return mint_click_token(
            self.stage.keys, session=self.session, reader=self.user, token=page.token, now=self.stage.now
        )

    def presses(self, page: "Page", click_token: str) -> Receipt:
        """Press the button of the confirm page."""
        return click_on_page(
            self.stage.db,
            self.stage.keys,
            reader=self.user,
            session=self.session,
            token=page.token,
            click_token=click_token,
            now=self.stage.now,
        )

    def clicks(self, *pages: "Page") -> Receipt:
        """Open and press each button; return the last receipt."""
        return [self.presses(page, self.opens(page)) for page in pages][-1]

    def clicks_named(self, site_token: str, url: str, *, genuine: Genuine | None = None) -> Receipt:
        """Open and press the confirm page of an address that a link names beside a site token."""
        click_token = mint_click_token(
            self.stage.keys,
            session=self.session,
            reader=self.user,
            token=name_of_page(site_token, url),
            now=self.stage.now,
        )
        return click_named_page(
            self.stage.db,
            self.stage.keys,
            reader=self.user,
            session=self.session,
            site_token=site_token,
            url=url,
            click_token=click_token,
            now=self.stage.now,
            genuine=genuine or Genuine(),
        )

    def undoes(self, receipt: Receipt) -> None:
        undo_click(self.stage.db, reader=self.user, click_id=receipt.click_id, now=self.stage.now)

    def gives(self, page: "Page", amount: str, *, form: str = "") -> int:
        return give(
            self.stage.db,
            self.stage.rules,
            reader=self.user,
            thing=page.thing,
            amount=eur(amount),
            form=form or secrets.token_hex(8),
            now=self.stage.now,
        )

    def subscribes(self, page: "Page", *, months_long: int | None = None) -> int:
        return subscribe(self.stage.db, reader=self.user, thing=page.thing, months_long=months_long, now=self.stage.now)

    def invites(self, guest: "Person", blog: "Blog", parts: int) -> None:
        """Invite somebody to the team of one's own site."""
        invite(
            self.stage.db, owner=self.user, site=blog.key.site, email=guest.user.email, parts=parts, now=self.stage.now
        )

    def accepts(self) -> None:
        """Accept all that one is invited to."""
        for invited in show_memberships(self.stage.db, user=self.user).invited:
            team, parts = invited.invitation.team, invited.invitation.parts
            accept_invitation(self.stage.db, user=self.user, team=team, parts=parts, now=self.stage.now)

    def shares(self, blog: "Blog", guest: "Person", parts: int) -> None:
        """Invite somebody who accepts."""
        self.invites(guest, blog, parts)
        guest.accepts()

    def leaves(self, blog: "Blog") -> None:
        leave_team(self.stage.db, user=self.user, site=blog.key.site, now=self.stage.now)

    def removes(self, member: "Person", blog: "Blog") -> None:
        remove_member(self.stage.db, owner=self.user, site=blog.key.site, member=member.user.id, now=self.stage.now)

    def changes_parts(self, member: "Person", blog: "Blog", parts: int) -> None:
        change_parts(
            self.stage.db, owner=self.user, site=blog.key.site, member=member.user.id, parts=parts, now=self.stage.now
        )

    def connects(self, label: str = "Feed reader") -> ClickKey:
        return connect_application(self.stage.db, self.stage.keys, reader=self.user, label=label, now=self.stage.now)

    def month(self, month: Month) -> ReaderStatement:
        return state_reader_month(self.stage.db, self.stage.rules, reader=self.user, month=month)

    def income(self, month: Month) -> CreatorStatement:
        return state_creator_month(self.stage.db, creator=self.user, month=month)

    @property
    def earned(self) -> Micros:
        return state_earnings(self.stage.db, self.stage.rules, creator=self.user, now=self.stage.now).earned

    @property
    def payable(self) -> Micros:
        return state_earnings(self.stage.db, self.stage.rules, creator=self.user, now=self.stage.now).payable


@dataclass
class Blog:
    """A registered site with its key, as its creator's generator has it."""

    stage: Stage
    address: str
    key: SiteKey

    def post(self, slug: str, **about: object) -> "Page":
        return self.post_titled(slug, f"About {slug}", **about)

    def post_titled(self, slug: str, title: str, **about: object) -> "Page":
        claim = claim_for_post(self.key, url=f"{self.address}{slug}/", title=title, **about)  # type: ignore[arg-type]
        return Page(self.stage, sign(claim, self.key), claim.url)

    def posts(self, slugs: str) -> list["Page"]:
        return [self.post(slug) for slug in slugs.split()]

    def is_approved(self) -> None:
        approve_site(self.stage.db, site=self.key.site, now=self.stage.now)

    def is_withdrawn(self) -> None:
        withdraw_site(self.stage.db, site=self.key.site, now=self.stage.now)

    @property
    def site_token(self) -> str:
        with self.stage.db.reading() as connection:
            site, newest = sites.get(connection, self.key.site), sites.newest_key(connection, self.key.site)
        return mint_site_token(self.stage.keys, site, newest).text()

    def newest_key(self) -> SiteKey:
        with self.stage.db.reading() as connection:
            return site_key(self.stage.keys, sites.newest_key(connection, self.key.site))


@dataclass
class Page:
    """A built page, with its button."""

    stage: Stage
    token: str
    url: str

    @property
    def thing(self) -> int:
        """The id of the thing; it has one from its first click on."""
        opened = open_button(self.stage.db, self.stage.keys, self.token, reader=None, now=self.stage.now)
        assert opened.thing is not None, "nobody has clicked this page yet"
        return opened.thing.id

    @property
    def code(self) -> str:
        """What a printed QR code of the thing says."""
        with self.stage.db.reading() as connection:
            return printed_code(connection, self.stage.keys, things.get(connection, self.thing))
