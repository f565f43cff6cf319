"""From the sign-in to the statement, by hand and without a script."""

from flattr_button import SiteKey, ThingsList
from receiver.actions.verify_site import approve_site
from receiver.domain.month import Month
from tests.fakes.pages import Pages
from tests.receiver.cast import RECEIVER, Blog, Page, Person, Stage, at
from tests.receiver.web.browser import Browser, text_of

SEPTEMBER = Month(2026, 9)


def sign_in(browser: Browser, stage: Stage, email: str, to: str = "/me") -> str:
    """Sign in as a person does; return the page where one comes out."""
    answer = browser.follow(browser.post("/sign-in", {"email": email, "to": to}))
    assert "Type the code" in answer.text
    return browser.follow(browser.post("/sign-in/code", {"code": stage.outbox.newest.code})).text


def register(browser: Browser, address: str) -> SiteKey:
    answer = browser.post("/creator/sites", {"address": address, "title": "Bread"})
    assert answer.status_code == 200
    return SiteKey.parse(answer.text.partition("FLATTR_SITE_KEY=")[2].partition("<")[0])


def test_a_month_from_the_first_page_to_the_statement(stage: Stage, visit) -> None:
    carlas, rosas = visit(), visit()
    sign_in(carlas, stage, "carla@writes.example", "/creator")
    key = register(carlas, "https://bread.example/")
    rye, oats = Blog(stage, "https://bread.example/", key).posts("rye oats")

    sign_in(rosas, stage, "rosa@reads.example", f"/f/{rye.token}")
    assert "waits, no money is held" in text_of(rosas.follow(rosas.press(rye)))

    approve_site(stage.db, site=key.site, now=stage.now)
    assert "not funded yet" in text_of(rosas.follow(rosas.press(oats)))

    rosas.follow(rosas.post("/me/pledge", {"amount": "2.00"}))
    stage.person("rosa@reads.example").pays("5.00")
    assert "2 clicks count: 0.90 EUR each at this moment" in text_of(rosas.get("/me"))

    stage.close(SEPTEMBER)
    sign_in(rosas, stage, "rosa@reads.example")
    sign_in(carlas, stage, "carla@writes.example")
    assert "You gave 1.80 EUR, and 0.20 EUR was the cut" in text_of(rosas.get("/me/2026-09"))
    assert rosas.get("/me/2026-09.csv").text.splitlines()[-1] == "2026-09,sum,,,,2.00,EUR"
    assert "Sum 1.80 EUR" in text_of(carlas.get("/creator/2026-09"))
    assert "September 2026 1.80 EUR" in text_of(carlas.get("/creator"))


def test_a_click_is_undone_and_made_again(rosas: Browser, bread: Blog) -> None:
    rye = bread.post("rye")
    done = rosas.press(rye).headers["location"]
    click = done.rpartition("/")[2]

    undone = rosas.follow(rosas.post(f"/f/undo/{click}"))
    assert "Undone" in text_of(undone)
    assert rosas.follow(rosas.post(f"/f/undo/{click}")).status_code == 200, "twice is no error"
    assert rosas.post(f"/f/undo/{click}", {"back": "me"}).headers["location"] == "/me#clicks"
    again = rosas.press(rye)

    assert again.headers["location"] == done
    assert "It is worth 9.00 EUR" in text_of(rosas.follow(again))


def test_clicking_twice_in_a_month_changes_nothing_and_says_so(rosas: Browser, bread: Blog) -> None:
    rye = bread.post("rye")
    token = rosas.get(f"/f/{rye.token}").text.partition('name="click" value="')[2].partition('"')[0]
    rosas.post("/f", {"token": rye.token, "click": token})

    assert "You clicked this in September 2026 already" in text_of(rosas.get(f"/f/{rye.token}"))
    second = rosas.post("/f", {"token": rye.token, "click": token})
    assert second.headers["location"].endswith("?again=1")
    assert "nothing has changed" in text_of(rosas.follow(second))


def test_the_confirm_page_tells_what_a_click_is_worth(rosas: Browser, rosa: Person, bread: Blog, radio: Blog) -> None:
    rosa.clicks(*bread.posts("rye spelt"))

    page = text_of(rosas.get(f"/f/{radio.post('valves').token}"))

    assert "radio.example" in page
    assert "Radio notes: verified since 3 September 2026" in page
    assert "Your pledge 10.00 EUR a month Your funds 10.00 EUR Clicked in September 2026 2" in page
    assert "This click would be worth 3.00 EUR" in page


def test_a_gift_is_not_counted_into_what_a_click_is_worth(
    rosas: Browser, rosa: Person, bread: Blog, radio: Blog
) -> None:
    rye = bread.post("rye")
    rosa.clicks(rye)
    rosa.gives(rye, "4.00")

    assert "This click would be worth 2.70 EUR" in text_of(rosas.get(f"/f/{radio.post('valves').token}"))


def test_nobody_can_flattr_themselves(carlas: Browser, bread: Blog) -> None:
    page = carlas.get(f"/f/{bread.post('rye').token}")

    assert "This is your own" in page.text
    assert 'action="/f"' not in page.text


def test_who_is_not_signed_in_signs_in_on_the_confirm_page_and_comes_back_to_it(
    anybody: Browser, stage: Stage, bread: Blog
) -> None:
    rye = bread.post("rye")

    page = anybody.get(f"/f/{rye.token}")
    assert f'name="to" value="/f/{rye.token}"' in page.text
    assert 'action="/f"' not in page.text
    came_back = sign_in(anybody, stage, "new@reads.example", f"/f/{rye.token}")

    assert 'action="/f"' in came_back
    assert "You have no pledge yet" in came_back


def test_a_session_that_ended_meanwhile_leads_back_to_the_confirm_page(
    anybody: Browser, rosas: Browser, bread: Blog
) -> None:
    rye = bread.post("rye")

    answer = anybody.post("/f", {"token": rye.token, "click": "x"})

    assert answer.headers["location"] == f"/f/{rye.token}"


def test_a_copied_button_tells_where_it_belongs(rosas: Browser, bread: Blog) -> None:
    rye = bread.post("rye")

    copied = text_of(rosas.get(f"/f/{rye.token}", referer="https://copies.example/"))
    original = text_of(rosas.get(f"/f/{rye.token}", referer="https://bread.example/"))
    after_sign_in = text_of(rosas.get(f"/f/{rye.token}", referer="https://flattr.example/sign-in/code"))

    assert "You came from copies.example; this button belongs to bread.example" in copied
    assert "You came from" not in original + after_sign_in


def test_a_reader_subscribes_pauses_resumes_and_stops(rosas: Browser, rosa: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    rosa.clicks(rye)

    page = text_of(rosas.follow(rosas.post("/f/subscribe", {"thing": rye.thing, "months": "3"})))
    assert "until November 2026" in page
    assert "paused" in text_of(rosas.follow(rosas.post("/me/subscriptions/1/pause")))
    assert "paused" not in text_of(rosas.follow(rosas.post("/me/subscriptions/1/resume")))
    assert "None. After a click" in text_of(rosas.follow(rosas.post("/me/subscriptions/1/stop")))
    assert rosas.post("/me/subscriptions/1/forget").status_code == 404


def test_a_reader_subscribes_to_a_whole_site_and_gives_to_it(rosas: Browser, bread: Blog) -> None:
    page = rosas.get(f"/sites/{bread.key.site}")
    thing = page.text.partition('name="thing" value="')[2].partition('"')[0]

    assert "until you stop it" in text_of(rosas.follow(rosas.post("/f/subscribe", {"thing": thing, "months": ""})))
    given = rosas.post("/f/give", {"thing": thing, "site": bread.key.site, "amount": "2.00"})
    assert "Take back" in text_of(rosas.follow(given))
    assert "You subscribe to the site until you stop it" in text_of(rosas.get(f"/sites/{bread.key.site}"))


def test_a_refused_gift_keeps_what_was_typed(rosas: Browser, rosa: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    click = rosa.clicks(rye).click_id

    on_done = rosas.post("/f/give", {"thing": rye.thing, "click": click, "amount": "11.00"})
    on_site = rosas.post("/f/give", {"thing": rye.thing, "site": bread.key.site, "amount": "two"})
    alone = rosas.post("/f/give", {"thing": rye.thing, "amount": "11.00"})

    assert (on_done.status_code, on_site.status_code, alone.status_code) == (409, 422, 409)
    assert 'value="11.00"' in on_done.text
    assert 'aria-invalid="true"' in on_done.text
    assert 'value="two"' in on_site.text


def test_a_gift_is_taken_back(rosas: Browser, rosa: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    rosa.clicks(rye)
    gift = rosa.gives(rye, "2.00")

    assert "None in September 2026" in text_of(rosas.follow(rosas.post(f"/me/gifts/{gift}/take-back")))


def test_a_refused_pledge_keeps_what_was_typed(rosas: Browser, rosa: Person) -> None:
    answer = rosas.post("/me/pledge", {"amount": "5.00", "other": "1,99"})

    assert answer.status_code == 422
    assert 'value="1,99"' in answer.text
    assert "a pledge is between 2.00 EUR and 100.00 EUR a month" in text_of(answer)
    assert rosa.month(SEPTEMBER).pledge == 10_000_000


def test_a_carried_click_is_withdrawn(stage: Stage, visit, rosa: Person, carla: Person) -> None:
    waiting = carla.registers("https://waits.example/", is_approved=False).post("rye")
    rosa.clicks(waiting)
    stage.close(SEPTEMBER)
    browser = visit().of(stage.person("rosa@reads.example"))

    assert "waits: the site is not verified yet, clicked in September 2026" in text_of(browser.get("/me"))
    page = browser.follow(browser.post(f"/me/waiting/{waiting.thing}/withdraw"))

    assert "undone" in text_of(page)
    assert browser.post(f"/me/waiting/{waiting.thing}/withdraw").status_code == 404


def test_a_creator_gives_on_what_they_earned(stage: Stage, visit, rosa: Person, carla: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)
    stage.now = at("2026-10-10")
    browser = visit().of(stage.person("carla@writes.example"))
    once = browser.get("/me").text.partition('name="once" value="')[2].partition('"')[0]

    too_much = browser.post("/me/reuse", {"amount": "9.01", "once": once})
    browser.post("/me/reuse", {"amount": "4.00", "once": once})
    browser.post("/me/reuse", {"amount": "4.00", "once": once})

    assert too_much.status_code == 409
    assert 'value="9.01"' in too_much.text
    assert stage.person("carla@writes.example").earned == 5_000_000, "the same form twice moves once"


def test_an_application_gets_a_key_once_and_loses_it(rosas: Browser) -> None:
    answer = rosas.post("/me/applications", {"label": "Feed reader"})
    key = answer.text.partition("fck1_")[2].partition("<")[0]
    assert key
    page = rosas.get("/me/applications")
    assert key not in page.text
    disconnect = page.text.partition('action="/me/applications/')[2].partition("/disconnect")[0]

    after = rosas.follow(rosas.post(f"/me/applications/{disconnect}/disconnect"))

    assert "disconnected 3 September 2026" in text_of(after)


def test_a_site_is_verified_by_its_file(carlas: Browser, carla: Person, stage: Stage, pages: Pages) -> None:
    blog = carla.registers("https://oats.example/", is_approved=False)
    verify = f"/creator/sites/{blog.key.site}/verify"

    missing = carlas.post(verify)
    listing = ThingsList.signed(blog.key, receiver=RECEIVER, scope=blog.address, tokens=[blog.post("rye").token])
    pages.body_by_url["https://oats.example/.well-known/flattr.json"] = listing.text().encode()
    verified = carlas.follow(carlas.post(verify))

    assert missing.status_code == 409
    assert "answered with status 404" in text_of(missing)
    assert "verified since 3 September 2026" in text_of(verified)


def test_a_key_is_renewed_or_replaced_at_once(rosas: Browser, carlas: Browser, bread: Blog) -> None:
    old = bread.post("rye")

    renewed = carlas.post(f"/creator/sites/{bread.key.site}/rotate", {"generation": "1"})
    assert f"fsk1_{bread.key.site}_2_" in renewed.text
    assert rosas.get(f"/f/{old.token}").status_code == 200
    for _ in range(2):  # the page loaded again makes no other key
        replaced = carlas.post(f"/creator/sites/{bread.key.site}/leaked", {"generation": "2"})
        assert f"fsk1_{bread.key.site}_3_" in replaced.text

    refused = rosas.get(f"/f/{old.token}")
    assert refused.status_code == 410
    assert "Key retired 3 September 2026" in refused.text


def test_a_site_is_of_its_creator_only(rosas: Browser, bread: Blog) -> None:
    for change in ("key", "rotate", "leaked", "verify"):
        assert rosas.post(f"/creator/sites/{bread.key.site}/{change}", {"generation": "1"}).status_code == 403
    assert rosas.get(f"/creator/sites/{bread.key.site}").status_code == 403


def test_a_refused_address_keeps_what_was_typed(carlas: Browser) -> None:
    answer = carlas.post("/creator/sites", {"address": "ftp://x", "title": "My <blog>"})

    assert answer.status_code == 422
    assert 'value="ftp://x"' in answer.text
    assert "My &lt;blog&gt;" in answer.text


def test_the_operator_sees_months_books_and_who_waits(ottos: Browser, rosas: Browser, carla: Person) -> None:
    site = carla.registers("https://waits.example/", is_approved=False).key.site

    page = text_of(ottos.get("/operator"))

    assert f"flattr-receiver site approve {site}" in page
    assert "Sum 0.00 EUR" in page
    assert "all places sum to zero" in page
    assert rosas.get("/operator").status_code == 403
    assert rosas.get("/operator/trial-balance.csv").status_code == 403


def test_the_first_page_works_the_split_out_by_the_rules(anybody: Browser) -> None:
    page = text_of(anybody.get("/"))

    assert "First click 0.90 EUR Second click 0.90 EUR Cut of 10 % 0.20 EUR" in page


def test_the_directory_shows_verified_sites_and_their_things(
    anybody: Browser, rosa: Person, carla: Person, bread: Blog
) -> None:
    hidden, shown = bread.post("secret", hidden=True), bread.post("rye")
    rosa.clicks(hidden, shown)
    waiting = carla.registers("https://waits.example/", is_approved=False)

    assert "Bread bread.example" in text_of(anybody.get("/sites"))
    assert "waits.example" not in anybody.get("/sites").text
    assert "About rye" in anybody.get(f"/sites/{bread.key.site}").text
    assert "About secret" not in anybody.get(f"/sites/{bread.key.site}").text
    assert anybody.get(f"/sites/{waiting.key.site}").status_code == 404


def test_a_page_of_a_button_that_was_never_clicked_needs_no_row(anybody: Browser, radio: Blog) -> None:
    page: Page = radio.post("valves")

    assert "About valves" in anybody.get(f"/f/{page.token}").text


def test_a_creator_sees_which_thing_is_a_translation_of_which(carlas: Browser, rosa: Person, bread: Blog) -> None:
    original = bread.post("rye")
    rosa.clicks(original, bread.post("roggen", original=original.url))

    page = text_of(carlas.get(f"/creator/sites/{bread.key.site}"))

    assert "About roggen bread.example translation of bread.example/rye " in page
