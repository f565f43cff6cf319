"""Passkeys in a real Chromium, with its own virtual authenticator; and recovery codes without JavaScript."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from receiver.web.requests import cookie_name
from tests.browser.world import Reader, World, running_world

pytestmark = pytest.mark.browser
OTTO, OLGA = "otto@receiver.example", "olga@receiver.example"


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[World]:
    """A receiver under a name, because browsers make no passkeys for a number."""
    with running_world(tmp_path_factory.mktemp("named"), host="localhost") as world:
        yield world


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context()
    context.set_default_timeout(15_000)
    yield context
    context.close()


def page_with_authenticator(context: BrowserContext, *, person_answers: bool = True) -> Page:
    page = context.new_page()
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options: dict[str, Any] = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": person_answers,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def signs_in(page: Page, world: World, email: str, *, to: str) -> None:
    page.goto(f"{world.url}sign-in?to={to}")
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_role("button", name="Mail me a code").click()
    page.get_by_label("The code of eight digits").fill(world.mails.code_for(email))
    page.get_by_role("button", name="Sign in", exact=True).click()


def as_person(context: BrowserContext, world: World, person: Reader) -> None:
    name = cookie_name(world.parts, "session")
    context.add_cookies([{"name": name, "value": person.session, "url": world.url}])


def test_an_operator_makes_a_passkey_signs_out_and_comes_in_by_it(receiver: World, context: BrowserContext) -> None:
    page = page_with_authenticator(context)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    signs_in(page, receiver, OTTO, to="/operator")
    expect(page.get_by_role("heading", level=1)).to_have_text("Show that it is you")

    page.get_by_role("button", name="Make your first passkey").click()
    page.get_by_label("What you call it").fill("Desk")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("row", name="Desk")).to_be_visible()
    page.goto(f"{receiver.url}operator")
    expect(page.get_by_role("heading", level=1)).to_have_text("Operator")

    page.get_by_role("button", name="Sign out").first.click()
    page.goto(f"{receiver.url}sign-in?to=/operator")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Operator")
    assert said == [], "the policy of the pages lets all of this pass"


def test_a_weak_session_becomes_strong_by_the_passkey(receiver: World, context: BrowserContext) -> None:
    page = page_with_authenticator(context)
    as_person(context, receiver, receiver.sign_in("ida@reads.example"))
    page.goto(f"{receiver.url}me")
    page.get_by_role("link", name="Make a passkey").click()
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_text("proven by passkey or recovery code")).to_be_visible()

    as_person(context, receiver, receiver.sign_in("ida@reads.example"))
    page.goto(f"{receiver.url}me/account")
    expect(page.get_by_role("button", name="Make another passkey")).to_have_count(0)
    page.get_by_role("link", name="Use a passkey or a recovery code").click()
    page.get_by_role("button", name="Use your passkey").click()

    expect(page.get_by_role("button", name="Make another passkey")).to_be_visible()


def test_a_device_that_refuses_is_told_and_can_be_asked_again(receiver: World, context: BrowserContext) -> None:
    page = page_with_authenticator(context, person_answers=False)
    as_person(context, receiver, receiver.sign_in("una@reads.example"))
    page.goto(f"{receiver.url}me/account")
    page.get_by_role("button", name="Make a passkey").click()
    page.get_by_role("button", name="Make the passkey").click()

    expect(page.get_by_role("status")).to_contain_text("The device made no passkey")
    expect(page.get_by_role("button", name="Make the passkey")).to_be_enabled()


def test_without_javascript_a_recovery_code_opens_the_operators_pages(receiver: World, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    signs_in(page, receiver, OLGA, to="/operator")
    expect(page.get_by_role("button", name="Make your first passkey")).to_be_hidden()
    page.get_by_role("button", name="Make recovery codes").click()
    code = page.locator(".recovery li").first.inner_text()
    page.goto(f"{receiver.url}operator")
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(code.lower())
    page.get_by_role("button", name="Use it").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Operator")
    context.close()


def test_without_javascript_no_button_promises_a_passkey(receiver: World, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()

    page.goto(f"{receiver.url}sign-in")

    expect(page.get_by_role("button", name="Mail me a code")).to_be_visible()
    expect(page.get_by_text("Sign in with a passkey")).to_be_hidden()
    context.close()
