"""You and your devices: each form of the page, and the doors that want a proof."""

import re
from datetime import timedelta
from html import unescape

import pytest

from tests.fakes.authenticator import Authenticator
from tests.fakes.mail import Outbox
from tests.receiver.cast import RECEIVER, Person, Stage
from tests.receiver.web.browser import OWN_ORIGIN, SESSION_COOKIE, Browser, text_of

NEW = "new@reads.example"
ORIGIN = RECEIVER.rstrip("/")


def options_on(page: str) -> str:
    found = re.search(r'data-options="([^"]+)"', page)
    assert found, page
    return unescape(found[1])


def makes_passkey(browser: Browser, phone: Authenticator, *, name: str = "Phone"):
    page = browser.follow(browser.post("/me/account/passkeys"))
    return browser.post("/me/account/passkeys/new", {"credential": phone.make(options_on(page.text)), "name": name})


def proves_passkey(browser: Browser, phone: Authenticator, *, to: str = "/creator"):
    page = browser.follow(browser.post("/sign-in/passkey", {"to": to}))
    return browser.post("/sign-in/passkey/proof", {"credential": phone.prove(options_on(page.text))})


def codes_on(answer) -> list[str]:
    return re.findall(r"<li>([0-9A-Z-]{23})</li>", answer.text)


@pytest.fixture
def phone() -> Authenticator:
    return Authenticator(ORIGIN)


def test_a_passkey_is_made_and_signs_in_elsewhere(rosas: Browser, visit, phone: Authenticator) -> None:
    made = makes_passkey(rosas, phone, name="My phone")
    elsewhere = visit()
    answer = proves_passkey(elsewhere, phone)

    assert made.headers["location"] == "/me/account#passkeys"
    assert "My phone" in text_of(rosas.get("/me/account"))
    assert answer.headers["location"] == "/creator"
    assert "rosa@reads.example" in elsewhere.get("/me").text


def test_a_wrong_answer_of_a_browser_is_told_and_may_begin_again(rosas: Browser, phone: Authenticator) -> None:
    rosas.post("/me/account/passkeys")

    answer = rosas.post("/me/account/passkeys/new", {"credential": "{}", "name": "Phone"})

    assert answer.status_code == 403
    assert "begin again" in text_of(answer)
    assert 'action="/me/account/passkeys"' in answer.text


def test_a_new_session_secret_comes_with_the_proof(rosas: Browser, phone: Authenticator) -> None:
    before = rosas.client.cookies[SESSION_COOKIE]

    answer = makes_passkey(rosas, phone)

    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith(SESSION_COOKIE))
    assert {"httponly", "secure", "samesite=lax"} <= {part.strip().lower() for part in cookie.split(";")}
    assert rosas.client.cookies[SESSION_COOKIE] != before


def test_passkeys_are_renamed_and_the_last_one_stays(rosas: Browser, phone: Authenticator) -> None:
    makes_passkey(rosas, phone)
    address = re.search(r'action="(/me/account/passkeys/[^"]+)/rename"', rosas.get("/me/account").text)[1]

    rosas.post(f"{address}/rename", {"name": "Old <phone>"})
    refused = rosas.post(f"{address}/remove")

    assert "Old &lt;phone&gt;" in rosas.get("/me/account").text
    assert refused.status_code == 409
    assert "make recovery codes" in text_of(refused)
    rosas.post("/me/account/recovery-codes")
    assert rosas.post(f"{address}/remove").status_code == 303


def test_the_operator_needs_more_than_a_code_by_mail(stage: Stage, visit, outbox: Outbox) -> None:
    browser = visit()
    browser.post("/sign-in", {"email": "otto@receiver.example", "to": "/operator"})
    browser.post("/sign-in/code", {"code": outbox.newest.code})

    page = browser.get("/operator")
    proof = browser.follow(page)
    csv = browser.get("/operator/trial-balance.csv")

    assert page.headers["location"] == "/sign-in/prove?to=/operator"
    assert csv.headers["location"] == "/sign-in/prove?to=/operator/trial-balance.csv"
    for words in ("Make your first passkey", "Use a recovery code", "on the command line"):
        assert words in text_of(proof)


def test_the_operator_comes_in_by_a_first_passkey(stage: Stage, visit, phone: Authenticator) -> None:
    browser = visit().of(stage.person("otto@receiver.example"))

    makes_passkey(browser, phone)

    assert browser.get("/operator").status_code == 200


def test_the_operator_comes_in_by_a_recovery_code_and_is_led_back(stage: Stage, visit) -> None:
    browser = visit().of(stage.person("otto@receiver.example"))
    code = codes_on(browser.post("/me/account/recovery-codes"))[0]

    answer = browser.post("/sign-in/recovery-code", {"code": code, "to": "/operator"})

    assert answer.headers["location"] == "/operator"
    assert browser.get("/operator").status_code == 200
    assert browser.get("/sign-in/prove?to=/operator").headers["location"] == "/operator"


def test_who_has_a_passkey_is_asked_for_it_and_not_for_a_new_one(stage: Stage, visit, phone: Authenticator) -> None:
    makes_passkey(visit().of(stage.person("otto@receiver.example")), phone)
    browser = visit().of(stage.person("otto@receiver.example"))

    page = text_of(browser.follow(browser.get("/operator")))
    weak = browser.post("/me/account/passkeys")
    answer = proves_passkey(browser, phone, to="/operator")

    assert "Use your passkey" in page
    assert "Make your first passkey" not in page
    assert weak.headers["location"].startswith("/sign-in/prove")
    assert browser.follow(answer).status_code == 200


def test_recovery_codes_are_shown_once_and_one_used_is_shown_as_used(rosas: Browser) -> None:
    answer = rosas.post("/me/account/recovery-codes")
    codes = codes_on(answer)
    rosas.post("/sign-in/recovery-code", {"code": codes[0]})

    page = rosas.get("/me/account")

    assert len(codes) == 10
    assert not [code for code in codes if code in page.text]
    assert "9 codes of 3 September 2026 are left. Used: 3 September 2026" in text_of(page)


def test_a_wrong_recovery_code_is_kept_to_be_mended(anybody: Browser) -> None:
    answer = anybody.post("/sign-in/recovery-code", {"code": "<b>12345", "to": "/operator"})

    assert answer.status_code == 403
    assert 'value="&lt;b&gt;12345"' in answer.text
    assert 'name="to" value="/operator"' in answer.text


def test_the_link_of_the_mail_fills_the_code_in_where_it_was_asked_for(visit, outbox: Outbox, stage: Stage) -> None:
    asking, another = visit(), visit()
    asking.post("/sign-in", {"email": NEW})
    link = re.search(rf"{RECEIVER}(sign-in/code\?code=\d{{8}})", outbox.newest.text)[1]

    here, there = asking.get(f"/{link}"), another.get(f"/{link}")

    assert f'value="{outbox.newest.code}"' in here.text
    assert "The link of the mail has filled it in." in here.text
    assert "Another browser asked for this code" in text_of(there)
    assert outbox.newest.code not in there.text
    assert asking.post("/sign-in/code", {"code": outbox.newest.code}).status_code == 303, "reading used nothing up"


@pytest.mark.parametrize("code", ["1", "<script>", "123456789", "１２３４５６７８", '12345678"><b>9'])
def test_what_is_no_code_is_not_filled_in(code: str, anybody: Browser) -> None:
    anybody.post("/sign-in", {"email": NEW})

    page = anybody.client.get("/sign-in/code", params={"code": code})

    assert 'name="code"' in page.text
    assert not re.search(r'name="code"[^>]* value=', page.text)


def test_the_address_is_changed_and_taken_back(rosas: Browser, stage: Stage, outbox: Outbox, visit) -> None:
    rosas.post("/me/account/address", {"email": "rosa@new.example"})
    changed = rosas.post("/me/account/address/code", {"code": outbox.newest.code})
    stage.sends_mails()
    link = re.search(rf"{RECEIVER}(undo/\S+)", outbox.newest.text)[1]
    account = text_of(rosas.get("/me/account"))
    reader = visit()

    shown = text_of(reader.get(f"/{link}"))
    undone = reader.post(f"/{link}")

    assert changed.headers["location"] == "/me/account#address"
    assert "You sign in with rosa@new.example" in account
    assert "changed again from 10 September 2026 on" in account
    assert "rosa@reads.example was changed to rosa@new.example" in shown
    assert "You sign in with rosa@reads.example again" in text_of(undone)
    assert rosas.get("/me").status_code == 303, "everybody was signed out"
    assert reader.get(f"/{link}").status_code == 404


def test_a_refused_address_is_kept_and_marked(rosas: Browser, outbox: Outbox) -> None:
    bad = rosas.post("/me/account/address", {"email": "rosa@"})
    outbox.is_down = True
    unsent = rosas.post("/me/account/address", {"email": "rosa@new.example"})

    assert (bad.status_code, unsent.status_code) == (422, 503)
    assert 'value="rosa@"' in bad.text
    assert 'value="rosa@new.example"' in unsent.text
    assert unsent.headers["retry-after"] == "5"


def test_a_wrong_code_changes_no_address(rosas: Browser, outbox: Outbox) -> None:
    rosas.post("/me/account/address", {"email": "rosa@new.example"})
    wrong = "0000 0000" if outbox.newest.code != "0000 0000" else "1111 1111"

    answer = rosas.post("/me/account/address/code", {"code": wrong})

    assert answer.status_code == 403
    assert "4 more tries" in text_of(answer)


def test_devices_are_listed_and_signed_out(stage: Stage, visit, rosas: Browser, outbox: Outbox) -> None:
    phone = visit()
    phone.post("/sign-in", {"email": "rosa@reads.example"})
    phone.post(
        "/sign-in/code",
        {"code": outbox.newest.code},
        headers=OWN_ORIGIN | {"User-Agent": "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"},
    )
    page = rosas.get("/me/account")
    assert "Firefox on Android" in text_of(page)
    assert "A browser that does not say which this one" in text_of(page)

    rosas.post(re.search(r'action="(/me/account/sessions/[0-9a-f]{16}/end)"', page.text)[1])

    assert phone.get("/me").status_code == 303
    assert "Firefox on Android" not in text_of(rosas.get("/me/account"))


def test_all_other_devices_are_signed_out_at_once(stage: Stage, visit, rosas: Browser) -> None:
    others = [visit().of(stage.person("rosa@reads.example")) for _ in range(2)]

    rosas.post("/me/account/sessions/end-others")

    assert [other.get("/me").status_code for other in others] == [303, 303]
    assert rosas.get("/me").status_code == 200


def test_a_form_is_noted_as_the_last_time_seen_and_a_look_is_not(stage: Stage, rosas: Browser) -> None:
    stage.now += timedelta(days=2)
    rosas.get("/me")
    assert "5 September 2026" not in text_of(rosas.get("/me/account"))

    rosas.post("/me/pledge", {"amount": "5.00"})

    assert "5 September 2026" in text_of(rosas.get("/me/account"))


def test_the_name_is_changed(rosas: Browser) -> None:
    assert rosas.post("/me/account/name", {"name": "  Rosa   Reads "}).status_code == 303
    assert 'value="Rosa Reads"' in rosas.get("/me/account").text
    assert rosas.post("/me/account/name", {"name": " "}).status_code == 422


def test_a_passkey_is_offered_on_the_month_until_it_is_declined(rosas: Browser) -> None:
    assert "Make a passkey" in rosas.get("/me").text

    assert rosas.post("/me/account/passkeys/decline").headers["location"] == "/me"

    assert "Make a passkey" not in rosas.get("/me").text


def test_everything_is_one_file(rosas: Browser) -> None:
    answer = rosas.get("/me/account/everything.json")

    assert answer.headers["content-disposition"] == 'attachment; filename="flattr-everything.json"'
    assert answer.json()["tables"]["users"][0]["email"] == "rosa@reads.example"


def test_leaving_wants_the_address_and_the_money_settled(rosas: Browser, rosa: Person) -> None:
    mistyped = rosas.post("/me/account/leave", {"email": "rosa@reads"})
    owed = rosas.post("/me/account/leave", {"email": "rosa@reads.example"})
    rosa.is_refunded("10.00")
    left = rosas.post("/me/account/leave", {"email": "rosa@reads.example"})

    assert (mistyped.status_code, owed.status_code) == (422, 409)
    assert 'value="rosa@reads"' in mistyped.text
    assert "10.00 EUR of what you paid in is left" in text_of(owed)
    assert left.headers["location"] == "/"
    assert rosas.get("/me").status_code == 303


def test_who_signed_in_long_ago_is_asked_to_do_so_again_before_leaving(stage: Stage, rosas: Browser) -> None:
    stage.now += timedelta(minutes=11)

    assert "Sign out, to sign in anew" in rosas.get("/me/account/leave").text
    refused = rosas.post("/me/account/leave", {"email": "rosa@reads.example"})
    assert refused.headers["location"].startswith("/sign-in/prove")


def test_nothing_of_others_is_reached_by_a_number(rosas: Browser) -> None:
    for address in ("sessions/0123456789abcdef/end", "passkeys/x/rename", "passkeys/x/remove"):
        assert rosas.post(f"/me/account/{address}", {"name": "x"}).status_code == 404


def test_nobody_signed_in_is_sent_to_sign_in(anybody: Browser) -> None:
    for address in ("", "/leave", "/everything.json", "/passkeys/new", "/address/code"):
        assert anybody.get(f"/me/account{address}").headers["location"].startswith("/sign-in?to=/me/account")
