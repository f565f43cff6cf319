"""Render pages: every template knows who is signed in and how to write money and dates."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

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


def month_name(month: Month) -> str:
    return f"{MONTH_NAMES[month.month - 1]} {month.year}"


def date(moment: datetime) -> str:
    return f"{moment.day} {MONTH_NAMES[moment.month - 1]} {moment.year}"


def host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


environment.filters.update(month_name=month_name, date=date, host=host_of)


def render(
    request: Request, template: str, *, status: int = 200, visitor: Visitor | None = None, **context: Any
) -> HTMLResponse:
    """Return a page; pass the visitor if it is known already, to spare a look at the database."""
    parts = parts_of(request)
    visitor = visitor or visitor_or_none(request)
    page = environment.get_template(template).render(
        service=parts.settings.name,
        receiver=parts.receiver,
        rules=parts.rules,
        money=parts.rules.currency.show,
        digits=parts.rules.currency.digits,
        user=visitor.user if visitor else None,
        is_operator=is_operator(request, visitor),
        path=request.url.path,
        this_month=Month.of(parts.clock()),
        **context,
    )
    return HTMLResponse(page, status_code=status)
