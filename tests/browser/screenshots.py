"""Take a picture of each page at phone and desktop width, light and dark: `python -m tests.browser.screenshots`."""

import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Page

from flattr_button import claim_for_post, sign
from receiver.actions.deliver_webhooks import send_test
from receiver.actions.give import give
from receiver.actions.keep_endpoints import add_endpoint
from receiver.actions.mail_months import mint_stop_token
from receiver.actions.open_button import open_button
from receiver.actions.publish_reader import publish_reader
from receiver.actions.register_passkey import begin_passkey, new_passkey_options, register_passkey
from receiver.actions.share_site import accept_invitation, change_parts, invite, show_memberships
from receiver.actions.show_own_site import show_own_site
from receiver.actions.subscribe import subscribe
from receiver.actions.trust_site import trust_site
from receiver.actions.undo_click import undo_click
from receiver.actions.verify_site import approve_site, withdraw_site
from receiver.app import keep_house
from receiver.domain.device import Device
from receiver.domain.endpoint import EVENTS_TO_CHOOSE
from receiver.domain.money import Micros
from receiver.domain.month import Month
from receiver.web.requests import cookie_name, relying_party_of
from tests.browser.chromium import find_chromium, running_chromium
from tests.browser.world import BuiltBlog, Reader, World, mkdocs_blog, pelican_blog, running_world
from tests.fakes.authenticator import Authenticator
from tests.fakes.endpoint import ListeningEndpoint
from tests.receiver.cast import at

WIDTHS: Final = (390, 1280)
SCHEMES: Final = ("light", "dark")
FOLDER: Final = Path("screenshots")
TITLES: Final = (
    "A starter in ten days", "What the ice remembers", "On mending a pump, and on leaving it", "Letters from the weir",
    "The bread that would not rise until everybody had gone to bed",
)  # fmt: skip


def main() -> None:
    wanted = set(sys.argv[1:])
    path = find_chromium()
    assert path, "install chromium first"
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_world(Path(folder), now=at("2025-12-05T10:00"), host="localhost") as world,
        pelican_blog(world) as carla,
        mkdocs_blog(world) as cem,
        running_chromium(path) as browser,
    ):
        story = Story(world, carla, cem)
        for width in WIDTHS:
            for scheme in SCHEMES:
                take_all(browser, story, width, scheme, wanted)


class Story:
    """A closed October and an open November with a dozen clicks; and a reader of a year, with forty."""

    def __init__(self, world: World, carla: BuiltBlog, cem: BuiltBlog) -> None:
        self.world, self.carla, self.cem = world, carla, cem
        self.bread, self.radio = carla.thing_tokens, cem.thing_tokens
        self.avid = self._avid_reader()
        world.now = at("2026-10-05T10:00")
        readers = [world.funded(f"reader{i}@reads.example", pledge=500, funds=1500) for i in range(4)]
        rosa = world.funded("rosa@reads.example", pledge=1000, funds=3000)
        for number, reader in enumerate([rosa, *readers]):
            for token in (*self.bread[: 3 + number], *self.radio[: 2 + number]):
                world.click(reader, token)
        self._share()
        world.now = at("2026-11-12T09:00")
        world.close(Month(2026, 10))
        key = world.register("dora@writes.example", "https://clay.example/", "Clay and Kiln", is_approved=False)
        self.clay = [
            sign(claim_for_post(key, url=f"https://clay.example/{name}/", title=title), key)
            for name, title in (("glaze", "A glaze that forgives"), ("kiln", "Firing with apple wood"))
        ]
        self.elm_key = world.register("ela@writes.example", "https://elm.example/~ela/", "Under the elm")
        world.register("finn@writes.example", "https://xn--mhle-0ra.example/", "Die Mühle am Bach")
        self.rosa, self.otto = world.sign_in("rosa@reads.example"), world.sign_in("otto@receiver.example")
        self.ela = world.sign_in("ela@writes.example")
        self.otto = world.strong(self.otto)
        self.olga = world.sign_in("olga@receiver.example")
        self.rosa = self._with_passkeys(self.rosa)
        world.sign_in("rosa@reads.example", device=Device("Safari", "iPhone"))
        self.carla_reader = world.strong(world.sign_in("carla@writes.example"))
        self.cleo = world.sign_in("cleo@writes.example")
        self.new = world.sign_in("new@reads.example")
        for reader in [world.sign_in(reader.user.email) for reader in readers]:
            for token in (*self.bread[2:9], *self.radio[:3]):
                world.click(reader, token)
        self.clicked = [world.click(self.rosa, token) for token in (*self.bread[:7], *self.radio[:4], self.clay[0])]
        self.undone = world.click(self.rosa, self.radio[4])
        undo_click(world.parts.db, reader=self.rosa.user, click_id=self.undone.click_id, now=world.now)
        self.pending = world.click(self.rosa, self.clay[1])
        self.unfunded = world.click(self.new, self.bread[0])
        self._give_more()
        self._listen()
        self._read_forty()

    def _avid_reader(self) -> Reader:
        """Let somebody read since December, more in some months than in others."""
        world = self.world
        avid = world.funded("mira@reads.example", pledge=1000, funds=20_000)
        key = world.register("gil@writes.example", "https://forty.example/", "Forty winters")
        self.forty = [
            sign(claim_for_post(key, url=f"https://forty.example/{number}/", title=f"{number}. {title}"), key)
            for number, title in enumerate(TITLES * 8, 1)
        ]
        for number in range(10):
            month = Month(2025, 12).plus(number)
            world.now = month.start().replace(day=6)
            for token in (*self.bread[: 1 + number * 3 % 7], *self.forty[: number * 5 % 11]):
                world.click(avid, token)
            if number % 4 == 1:
                self._give(avid, self.bread[0], 2_500_000)
            world.now = month.end().replace(day=2)
            world.close(month)
        return avid

    @property
    def thing(self) -> int:
        """The number of a thing of Carla's."""
        return self._thing(self.bread[0])

    @property
    def named(self) -> str:
        """A link that names a page of Carla's beside a site token."""
        parts, month = self.world.parts, Month.of(self.world.now)
        own = show_own_site(
            parts.db, parts.keys,
            owner=self.carla_reader.user, site=self.carla.key.site, receiver=self.world.url, month=month,
        )  # fmt: skip
        page = {"u": f"{own.site.scope}2026/a-starter-in-ten-days/", "t": "A starter in ten days & a “crust”"}
        return f"/s/{own.site_token}?{urlencode(page)}"

    def _read_forty(self) -> None:
        """Let the avid reader click forty things, trust a site, and show a page."""
        world, parts = self.world, self.world.parts
        self.avid = world.sign_in("mira@reads.example")
        for token in (*self.bread[:5], *self.radio[:5], *self.forty[:28], *self.clay):
            clicked = world.click(self.avid, token)
        undo_click(parts.db, reader=self.avid.user, click_id=clicked.click_id, now=world.now)
        self._give(self.avid, self.radio[0], 4_000_000)
        on_forty = world.click(self.avid, self.forty[0])
        trust_site(parts.db, reader=self.avid.user, click_id=on_forty.click_id, now=world.now)
        publish_reader(
            parts.db, reader=self.avid.user, handle="mira", shows_clicks=True, is_findable=False, now=world.now
        )

    def _give(self, reader: Reader, token: str, micros: int) -> None:
        parts, now = self.world.parts, self.world.now
        thing, amount = self._thing(token), Micros(micros)
        give(parts.db, parts.rules, reader=reader.user, thing=thing, amount=amount, form=f"gift {now}", now=now)

    def _share(self) -> None:
        """Let somebody into the team of Carla's site, and invite somebody else."""
        db, site, now = self.world.parts.db, self.carla.key.site, self.world.now
        carla, cleo = (self.world.sign_in(f"{name}@writes.example") for name in ("carla", "cleo"))
        for email in (cleo.user.email, "ela@writes.example"):
            invite(db, owner=carla.user, site=site, email=email, parts=2, now=now)
        change_parts(db, owner=carla.user, site=site, member=carla.user.id, parts=3, now=now)
        team = show_memberships(db, user=cleo.user).invited[0].invitation.team
        accept_invitation(db, user=cleo.user, team=team, parts=2, now=now)

    def _give_more(self) -> None:
        parts, world = self.world.parts, self.world
        thing = self._thing(self.bread[1])
        give(
            parts.db,
            parts.rules,
            reader=self.rosa.user,
            thing=thing,
            amount=Micros(3_000_000),
            form="gift",
            now=world.now,
        )
        subscribe(parts.db, reader=self.rosa.user, thing=thing, months_long=6, now=world.now)
        subscribe(parts.db, reader=self.rosa.user, thing=self._thing(self.radio[0]), months_long=None, now=world.now)

    def _listen(self) -> None:
        """Let two programs of Carla's be told: one takes what comes, the other is not there."""
        parts, world = self.world.parts, self.world
        with ListeningEndpoint() as program:
            for url in (program.url, "http://localhost:9/hooks/crumbs-and-crates"):
                self._add_endpoint(url)
            for _ in range(2):
                world.now += timedelta(days=1)
                keep_house(parts)
                withdraw_site(parts.db, site=self.carla.key.site, now=world.now)
                keep_house(parts)
                approve_site(parts.db, site=self.carla.key.site, now=world.now)
                keep_house(parts)

    def _add_endpoint(self, url: str) -> None:
        parts = self.world.parts
        shown = add_endpoint(
            parts.db, parts.keys, parts.sender,
            owner=self.carla_reader.user, site=self.carla.key.site, url=url, events=EVENTS_TO_CHOOSE,
            now=self.world.now,
        )  # fmt: skip
        send_test(
            parts.db, parts.keys, parts.sender,
            owner=self.carla_reader.user, endpoint=shown.endpoint.id, receiver=self.world.url, clock=parts.clock,
            spread=lambda: 0,
        )  # fmt: skip

    def _with_passkeys(self, reader: Reader) -> Reader:
        """Register two passkeys and make recovery codes, one of which is used."""
        parts, now, session = self.world.parts, self.world.now, reader.session
        party = relying_party_of(parts)
        phone = Authenticator(party.origin)
        for name in ("Phone", "Key at the key ring"):
            browser = begin_passkey(parts.db, session=session, now=now)
            options = new_passkey_options(parts.db, party, browser=browser, user=reader.user, now=now)
            session = register_passkey(
                parts.db, party,
                session=session, browser=browser, credential=phone.make(options), name=name, now=now,
            )  # fmt: skip
        return self.world.strong(Reader(reader.user, session))

    def _thing(self, token: str) -> int:
        opened = open_button(self.world.parts.db, self.world.parts.keys, token, reader=None, now=self.world.now)
        assert opened.thing is not None
        return opened.thing.id


def take_all(browser: Browser, story: Story, width: int, scheme: str, wanted: set[str]) -> None:
    anybody = new_context(browser, story.world, width, scheme)
    rosa = new_context(browser, story.world, width, scheme, story.rosa)
    new = new_context(browser, story.world, width, scheme, story.new)
    avid = new_context(browser, story.world, width, scheme, story.avid)
    carla = new_context(browser, story.world, width, scheme, story.carla_reader)
    otto = new_context(browser, story.world, width, scheme, story.otto)
    ela = new_context(browser, story.world, width, scheme, story.ela)
    weak = new_context(browser, story.world, width, scheme, story.olga)
    cleo = new_context(browser, story.world, width, scheme, story.cleo)
    site = story.carla.key.site
    pages = [
        ("home", anybody, "/"),
        ("home-signed-in", rosa, "/"),
        ("directory", anybody, "/sites"),
        ("things", anybody, "/things"),
        ("things-clicked", anybody, "/things?sort=clicked&q=a"),
        ("thing", rosa, f"/things/{story.thing}"),
        ("fee", anybody, "/fee"),
        ("statistics", anybody, "/statistics"),
        ("statistics-month", anybody, "/statistics/2026-10"),
        ("site", rosa, f"/sites/{site}"),
        ("sign-in", anybody, "/sign-in"),
        ("confirm-signed-out", anybody, f"/f/{story.bread[8]}"),
        ("confirm", rosa, f"/f/{story.bread[8]}"),
        ("confirm-new-reader", new, f"/f/{story.bread[8]}"),
        ("confirm-named", rosa, story.named),
        ("confirm-named-signed-out", anybody, story.named),
        ("confirm-named-nothing", anybody, story.named.partition("?")[0]),
        ("confirm-again", rosa, f"/f/{story.bread[0]}"),
        ("confirm-own", carla, f"/f/{story.bread[0]}"),
        ("done", rosa, f"/f/done/{story.clicked[2].click_id}"),
        ("done-pending", rosa, f"/f/done/{story.pending.click_id}"),
        ("done-undone", rosa, f"/f/done/{story.undone.click_id}"),
        ("done-unfunded", new, f"/f/done/{story.unfunded.click_id}"),
        ("reader", rosa, "/me"),
        ("reader-new", new, "/me"),
        ("reader-month", rosa, "/me/2026-10"),
        ("account", rosa, "/me/account"),
        ("leave", rosa, "/me/account/leave"),
        ("prove", weak, "/sign-in/prove?to=/operator"),
        ("recovery-code", anybody, "/sign-in/recovery-code"),
        ("passkey", anybody, "/sign-in/passkey"),
        ("other-browser", anybody, "/sign-in/code?code=12345678"),
        ("reader-forty", avid, "/me"),
        ("reader-forty-month", avid, "/me/2026-11"),
        ("reader-closed-month", avid, "/me/2026-08"),
        ("reader-history", avid, "/me/history"),
        ("reader-history-new", new, "/me/history"),
        ("reader-subscriptions", rosa, "/me/subscriptions"),
        ("reader-trust", avid, "/me/subscriptions"),
        ("reader-public", avid, "/me/public"),
        ("reader-public-new", new, "/me/public"),
        ("public-reader", anybody, "/readers/mira"),
        ("stop-mail", anybody, f"/mails/stop/{mint_stop_token(story.world.parts.keys, story.avid.user.id)}"),
        ("applications", rosa, "/me/applications"),
        ("creator", carla, "/creator"),
        ("creator-new", new, "/creator"),
        ("creator-site", carla, f"/creator/sites/{site}"),
        ("button-pelican", carla, f"/creator/sites/{site}/button"),
        ("button-hugo", carla, f"/creator/sites/{site}/button?platform=hugo&look=compact&language=fr"),
        ("button-html", carla, f"/creator/sites/{site}/button?platform=html&language=ar"),
        ("button-readme", carla, f"/creator/sites/{site}/button?platform=readme&language=de"),
        ("webhooks", carla, f"/creator/sites/{site}/webhooks"),
        ("webhooks-new", ela, f"/creator/sites/{story.elm_key.site}/webhooks"),
        ("creator-things", carla, f"/creator/sites/{site}/things?order=ever"),
        ("creator-thing", carla, f"/creator/sites/{site}/things/{story.thing}"),
        ("creator-card", carla, f"/creator/sites/{site}/things/{story.thing}/print"),
        ("creator-income", carla, "/creator/income"),
        ("creator-month", carla, "/creator/2026-10"),
        ("creator-invited", ela, "/creator"),
        ("creator-of-team", cleo, "/creator"),
        ("creator-month-of-team", cleo, "/creator/2026-10"),
        ("team", carla, f"/creator/sites/{site}/team"),
        ("team-of-others", cleo, f"/creator/sites/{site}/team"),
        ("operator", otto, "/operator"),
        ("problem", anybody, "/nothing-here"),
    ]
    for name, context, address in pages:
        if not wanted or name in wanted:
            take(context, name, story.world.url.rstrip("/") + address, width, scheme)
    if not wanted or "code" in wanted:
        page = anybody.new_page()
        page.goto(f"{story.world.url}sign-in")
        page.fill("#email", f"{scheme}{width}@reads.example")
        page.click("text=Mail me a code")
        page.fill("#code", "1234 5678")
        page.click("main button")
        save(page, "code", width, scheme)
    if not wanted or "key" in wanted:
        page = carla.new_page()
        page.goto(f"{story.world.url}creator/sites/{site}")
        page.click("text=Show key")
        save(page, "key", width, scheme)
    if not wanted or "pledge-fault" in wanted:
        page = rosa.new_page()
        page.goto(f"{story.world.url}me")
        page.fill("#other", "1,5")
        page.click("text=Set pledge")
        save(page, "pledge-fault", width, scheme)
    if not wanted or "webhooks-secret" in wanted:
        page = carla.new_page()
        page.goto(f"{story.world.url}creator/sites/{site}/webhooks")
        page.click("text=Show the secret")
        save(page, "webhooks-secret", width, scheme)
    if not wanted or "webhooks-fault" in wanted:
        page = ela.new_page()
        page.goto(f"{story.world.url}creator/sites/{story.elm_key.site}/webhooks")
        page.fill("#url", "http://10.0.0.7/hook")
        page.click("main form.stack .primary")
        save(page, "webhooks-fault", width, scheme)
    if not wanted or "verify-fault" in wanted:
        dora = new_context(browser, story.world, width, scheme, story.world.sign_in(f"d{width}{scheme}@writes.example"))
        page = dora.new_page()
        page.goto(f"{story.world.url}creator")
        page.fill("#address", "http://127.0.0.1:9/")
        page.click("main .primary")
        page.click("text=Fetch the file and verify")
        save(page, "verify-fault", width, scheme)
    if not wanted or "button-test" in wanted:
        page = carla.new_page()
        page.goto(f"{story.world.url}creator/sites/{site}/button")
        page.click("text=Fetch and test")
        save(page, "button-test", width, scheme)
    if not wanted or "button-without-script" in wanted:
        plain = new_context(browser, story.world, width, scheme, story.carla_reader, java_script_enabled=False)
        take(plain, "button-without-script", f"{story.world.url}creator/sites/{site}/button", width, scheme)
        plain.close()
    if not wanted or "posts" in wanted:
        take(anybody, "post-pelican", next_page(story.carla), width, scheme)
        take(anybody, "post-mkdocs", f"{story.cem.url}bicycles/oil/", width, scheme)
    if not wanted or "recovery-codes" in wanted:
        page = carla.new_page()
        page.goto(f"{story.world.url}me/account")
        page.click("text=Make ten new codes")
        save(page, "recovery-codes", width, scheme)
    if not wanted or "address-fault" in wanted:
        page = new.new_page()
        page.goto(f"{story.world.url}me/account")
        page.fill("#new-email", "new@reads.example")
        page.click("text=Mail a code there")
        save(page, "address-fault", width, scheme)
    for context in (anybody, rosa, new, avid, carla, otto, ela, weak):
        context.close()


def next_page(blog: BuiltBlog) -> str:
    return blog.url + next(
        str(path.relative_to(blog.folder)) for path in sorted(blog.folder.glob("*.html")) if "oven" in path.name
    )


def new_context(
    browser: Browser, world: World, width: int, scheme: str, reader: Reader | None = None, **options: Any
) -> BrowserContext:
    context = browser.new_context(
        viewport={"width": width, "height": 844 if width < 600 else 800},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=1,
        **options,
    )
    if reader is not None:
        name = cookie_name(world.parts, "session")
        context.add_cookies([{"name": name, "value": reader.session, "url": world.url}])
    return context


def take(context: BrowserContext, name: str, address: str, width: int, scheme: str) -> None:
    page = context.new_page()
    page.goto(address)
    save(page, name, width, scheme)


def save(page: Page, name: str, width: int, scheme: str) -> None:
    page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png", full_page=True)
    page.close()


if __name__ == "__main__":
    main()
