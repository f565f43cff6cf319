"""Render pages: every template knows who is signed in and how to write money, dates and states."""

import functools
import hashlib
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from receiver.actions.state_month import ReaderLine
from receiver.domain.click import ClickState
from receiver.domain.month import Month
from receiver.web.requests import Visitor, is_operator, parts_of, visitor_or_none

HERE: Final = Path(__file__).parent

environment: Final = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

MONTH_NAMES: Final = "January February March April May June July August September October November December".split()
STATE_WORDS: Final = {
    ClickState.COUNTS: "counts",
    ClickState.PENDING: "waits: the site is not verified yet",
    ClickState.UNFUNDED: "not funded yet",
    ClickState.UNDONE: "undone",
    ClickState.SETTLED: "settled",
    ClickState.LAPSED: "lapsed: not funded, or its site not verified in time",
}


def month_name(month: Month) -> str:
    return f"{MONTH_NAMES[month.month - 1]} {month.year}"


def date(moment: datetime) -> str:
    return f"{moment.day} {MONTH_NAMES[moment.month - 1]} {moment.year}"


def host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


def place_of(scope: str) -> str:
    """Write a scope as people do: without scheme and closing slash."""
    return scope.partition("://")[2].rstrip("/")


def percent(basis_points: int) -> str:
    whole, part = divmod(basis_points, 100)
    return f"{whole}.{part:02}".rstrip("0") + "\u00a0%" if part else f"{whole}\u00a0%"


def state_words(line: ReaderLine, month: Month) -> str:
    since = f", clicked in {month_name(line.first_month)}" if line.first_month != month else ""
    return STATE_WORDS[line.state] + since


def sentence(text: str) -> str:
    """Write an error's message as a sentence of a page."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


environment.filters.update(
    month_name=month_name,
    date=date,
    host=host_of,
    place=place_of,
    percent=percent,
    state_words=state_words,
    sentence=sentence,
)


@functools.cache
def static(name: str) -> str:
    """Return the address of a file in `static/`; it changes with the file, so browsers may keep it for long."""
    digest = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()
    return f"/static/{name}?{digest[:10]}"


def render(
    request: Request, template: str, *, status: int = 200, visitor: Visitor | None = None, **context: Any
) -> HTMLResponse:
    """Return a page; pass the visitor if it is known already, to spare a look at the database."""
    parts = parts_of(request)
    visitor = visitor or visitor_or_none(request)
    page = environment.get_template(template).render(
        service=parts.settings.name,
        source_url=parts.settings.source_url,
        receiver=parts.receiver,
        rules=parts.rules,
        money=lambda micros: parts.rules.currency.show(micros).replace(" ", "\u00a0"),
        digits=parts.rules.currency.digits,
        static=static,
        user=visitor.user if visitor else None,
        navigation=_navigation(visitor, is_operator=is_operator(request, visitor)),
        path=request.url.path,
        once=secrets.token_urlsafe(12),  # names a form, so that sending it twice does it once
        this_month=Month.of(parts.clock()),
        **context,
    )
    return HTMLResponse(page, status_code=status)


def _navigation(visitor: Visitor | None, *, is_operator: bool) -> list[tuple[str, str]]:
    """Return address and words of each entry."""
    own = [("/me", "Your month"), ("/creator", "Your sites")] if visitor else []
    return [*own, ("/sites", "Sites"), *([("/operator", "Operator")] if is_operator else [])]
