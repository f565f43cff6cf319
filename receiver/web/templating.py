"""Render pages: every template knows who is signed in, and how to write words, money, dates and states."""

import functools
import hashlib
import secrets
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from receiver.actions.keep_passkeys import is_passkey_offered
from receiver.actions.state_month import ReaderLine
from receiver.domain.click import ClickState
from receiver.domain.month import Month
from receiver.languages import Language, language_named, languages, marked
from receiver.web.requests import (
    Visitor,
    is_operator,
    language_of,
    parts_of,
    relying_party_of,
    visitor_or_none,
)

HERE: Final = Path(__file__).parent

STATE_WORDS: Final = {
    ClickState.COUNTS: marked("counts"),
    ClickState.PENDING: marked("waits: the site is not verified yet"),
    ClickState.UNFUNDED: marked("not funded yet"),
    ClickState.UNDONE: marked("undone"),
    ClickState.SETTLED: marked("settled"),
    ClickState.LAPSED: marked("lapsed: not funded, or its site not verified in time"),
}


@functools.cache
def environment_of(code: str) -> Environment:
    """Return where templates are rendered in a language: `_()` and `{% trans %}` speak it."""
    language = language_named(code)
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(language.words, newstyle=True)  # type: ignore[attr-defined]
    environment.policies["ext.i18n.trimmed"] = True
    environment.filters.update(
        month_name=language.month_name,
        date=language.date,
        moment=language.moment,
        number=language.count,
        percent=language.percent,
        language_name=language.name_of,
        host=host_of,
        place=place_of,
        state_words=functools.partial(state_words, language),
        sentence=sentence,
    )
    return environment


def host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


def place_of(scope: str) -> str:
    """Write a scope as people do: without scheme and closing slash."""
    return scope.partition("://")[2].rstrip("/")


def state_words(language: Language, line: ReaderLine, month: Month) -> str:
    state = language.gettext(STATE_WORDS[line.state])
    if line.first_month == month:
        return state
    return language.gettext("%(state)s, clicked in %(month)s", state=state, month=language.month_name(line.first_month))


def sentence(text: str) -> str:
    """Write an error's message as a sentence of a page."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


@functools.cache
def static(name: str) -> str:
    """Return the address of a file in `static/`; it changes with the file, so browsers may keep it for long."""
    digest = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()
    return f"/static/{name}?{digest[:10]}"


def render(
    request: Request, template: str, *, status: int = 200, visitor: Visitor | None = None, **context: Any
) -> HTMLResponse:
    """Return a page; pass the visitor if it is known already, to spare a look at the database."""
    parts, language = parts_of(request), language_of(request)
    visitor = visitor or visitor_or_none(request)
    page = (
        environment_of(language.code)
        .get_template(template)
        .render(
            service=parts.settings.name,
            source_url=parts.settings.source_url,
            receiver=parts.receiver,
            rules=parts.rules,
            spoken=language,  # the language of the page; a page about buttons has another beside it
            spoken_languages=list(languages().values()),
            money=lambda micros: language.money(micros, parts.rules.currency),
            digits=parts.rules.currency.digits,  # for fields: as it can be typed
            this_page=_this_page(request),
            static=static,
            user=visitor.user if visitor else None,
            navigation=_navigation(language, visitor, is_operator=is_operator(request, visitor)),
            path=request.url.path,
            has_passkeys=relying_party_of(parts).has_name,
            is_passkey_offered=lambda: visitor is not None and is_passkey_offered(parts.db, user=visitor.user),
            once=secrets.token_urlsafe(12),  # names a form, so that sending it twice does it once
            this_month=Month.of(parts.clock()),
            **context,
        )
    )
    return HTMLResponse(page, status_code=status)


def _navigation(language: Language, visitor: Visitor | None, *, is_operator: bool) -> list[tuple[str, str]]:
    """Return address and words of each entry."""
    say = language.gettext
    own = [("/me", say("Your month")), ("/creator", say("Your sites"))] if visitor else []
    return [*own, ("/things", say("Directory")), *([("/operator", say("Operator"))] if is_operator else [])]


def _this_page(request: Request) -> str:
    """Return the address of this page for coming back to it; what a form was sent to has no page."""
    if request.method != "GET":
        return ""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
