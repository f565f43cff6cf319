"""Every address of the receiver, on one screen.  GET never writes."""

from starlette.routing import BaseRoute, Mount, Route

from receiver.web import (
    button_pages,
    click_feed_pages,
    confirm_pages,
    creator_pages,
    endpoint_pages,
    giving_pages,
    income_pages,
    named_pages,
    operator_pages,
    own_thing_pages,
    public_pages,
    reader_pages,
    sign_in_pages,
    webhooks,
)
from receiver.web.requests import FORM_BYTES_MAX, FormPage, Page, form_page
from receiver.web.static_files import LongLivedFiles
from receiver.web.templating import HERE


def get(path: str, page: Page) -> Route:
    return Route(path, page, methods=["GET"])


def post(path: str, page: FormPage) -> Route:
    return Route(path, form_page(page), methods=["POST"], max_body_size=FORM_BYTES_MAX)


ROUTES: list[BaseRoute] = [
    # First, because routes are tried in their order and these are asked for most.
    Route(webhooks.CLICKS_PATH, webhooks.clicks, methods=["POST"], max_body_size=webhooks.BODY_BYTES_MAX),
    Route("/f", confirm_pages.press, methods=["POST"], max_body_size=FORM_BYTES_MAX),
    get("/", public_pages.home),
    get("/sites", public_pages.directory),
    get("/sites/{site}", public_pages.site),
    get("/healthz", public_pages.health),
    post("/language", public_pages.choose_language),
    get("/f/done/{click}", confirm_pages.done),
    post("/f/undo/{click}", confirm_pages.undo),
    post("/f/subscribe", giving_pages.subscribe_thing),
    post("/f/give", giving_pages.give_thing),
    get("/f/{token}", confirm_pages.confirm),
    get("/q/{code}", confirm_pages.printed),
    get("/s/{site_token}", named_pages.confirm),
    Route("/s", named_pages.press, methods=["POST"], max_body_size=FORM_BYTES_MAX),
    get("/sign-in", sign_in_pages.ask_email),
    post("/sign-in", sign_in_pages.send_code),
    get("/sign-in/code", sign_in_pages.ask_code),
    post("/sign-in/code", sign_in_pages.check_code),
    post("/sign-out", sign_in_pages.leave),
    get("/me", reader_pages.month),
    post("/me/pledge", reader_pages.pledge),
    post("/me/reuse", reader_pages.reuse),
    post("/me/subscriptions/{subscription}/{change}", reader_pages.change_subscription),
    post("/me/gifts/{gift}/take-back", reader_pages.take_back),
    post("/me/waiting/{thing}/withdraw", reader_pages.withdraw),
    get("/me/applications", reader_pages.applications),
    post("/me/applications", reader_pages.connect),
    post("/me/applications/{key}/disconnect", reader_pages.disconnect),
    get("/me/{month}.csv", reader_pages.month_csv),
    get("/me/{month}", reader_pages.past_month),
    get("/creator", creator_pages.overview),
    post("/creator/sites", creator_pages.add_site),
    get("/creator/sites/{site}", creator_pages.site),
    get("/creator/sites/{site}/things", own_thing_pages.find),
    get("/creator/sites/{site}/things/{thing}", own_thing_pages.thing),
    get("/creator/sites/{site}/things/{thing}/code.svg", own_thing_pages.code),
    get("/creator/sites/{site}/things/{thing}/print", own_thing_pages.print_page),
    get("/creator/sites/{site}/button", button_pages.offer),
    post("/creator/sites/{site}/button/test", button_pages.try_page),
    get("/creator/sites/{site}/webhooks", endpoint_pages.overview),
    post("/creator/sites/{site}/webhooks", endpoint_pages.add),
    post("/creator/sites/{site}/webhooks/messages/{delivery}/replay", endpoint_pages.replay),
    post("/creator/sites/{site}/webhooks/{endpoint}/{change}", endpoint_pages.change),
    post("/creator/sites/{site}/feed/{change}", click_feed_pages.change_feed),
    get("/creator/feeds/{feed}.atom", click_feed_pages.feed),
    post("/creator/sites/{site}/{change}", creator_pages.change_site),
    get("/creator/income", income_pages.income),
    get("/creator/{month}.csv", income_pages.month_csv),
    get("/creator/{month}.json", income_pages.month_json),
    get("/creator/{month}/revenue.csv", income_pages.month_revenue),
    get("/creator/{month}", income_pages.month),
    get("/operator", operator_pages.overview),
    get("/operator/trial-balance.csv", operator_pages.balance_csv),
    Route("/webhooks/things", webhooks.things, methods=["POST"], max_body_size=webhooks.BODY_BYTES_MAX),
    Route("/webhooks/site", webhooks.site, methods=["POST"], max_body_size=webhooks.QUESTION_BYTES_MAX),
    Route("/webhooks/site/things", webhooks.known_things, methods=["POST"], max_body_size=webhooks.QUESTION_BYTES_MAX),
    Route("/webhooks/counts", webhooks.counts, methods=["POST"], max_body_size=webhooks.QUESTION_BYTES_MAX),
    Mount("/static", LongLivedFiles(directory=HERE / "static"), name="static"),
]
