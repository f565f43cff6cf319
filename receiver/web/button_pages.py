"""The page *Your button* of a site: what to copy where, and a test of what is there."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from flattr_button import LOOKS, POSITIONS
from flattr_button.wording import LANGUAGES, wording
from receiver.actions.offer_button import Choice, offer_button
from receiver.actions.try_own_page import TriedPage, try_own_page
from receiver.domain.errors import BadInput, FetchRefused, FlattrError, TooMany
from receiver.web.answers import answer_of, retry_headers
from receiver.web.fault_words import fault_words
from receiver.web.requests import Form, parts_of, visitor_of
from receiver.web.security import POLICY, policy_for_styles_of
from receiver.web.templating import render

_OTHER_SNIPPET: Final = re.compile(r"\.\./([a-z0-9-]+)/README\.md")


def offer(request: Request) -> Response:
    return _page(request, _choice(request.query_params.get))


def try_page(request: Request, form: Form) -> Response:
    """Fetch a page of the site and show, on the same page, what was found."""
    parts, visitor = parts_of(request), visitor_of(request)
    choice, address = _choice(form.get), form.get("address", "")
    try:
        tried = try_own_page(
            parts.db, parts.keys, parts.fetcher, parts.page_tries,
            owner=visitor.user, site=request.path_params["site"], address=address,
            receiver=parts.receiver, now=parts.clock(),
        )  # fmt: skip
    except (BadInput, TooMany, FetchRefused) as error:
        return _page(request, choice, fault=error, address=address)
    return _page(request, choice, tried=tried, address=tried.address)


def _page(
    request: Request,
    choice: Choice,
    *,
    tried: TriedPage | None = None,
    fault: FlattrError | None = None,
    address: str = "",
) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    offered = offer_button(
        parts.db, parts.keys,
        owner=visitor.user, site=request.path_params["site"], receiver=parts.receiver, choice=choice,
    )  # fmt: skip
    here, file_paths = f"/creator/sites/{offered.site.id}/button", {file.path for file in offered.files}

    def address_of(target: str) -> str:
        """Return where a link of the instructions leads on this page; "" if to what is not published here."""
        other = _OTHER_SNIPPET.fullmatch(target)
        if other:
            return f"{here}?{urlencode({**_fields(choice), 'platform': other[1]})}"
        if target in file_paths:
            return f"#file-{target}"
        return target if target.startswith("https://") else ""

    response = render(
        request,
        "your_button.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        here=here,
        offered=offered,
        choice=choice,
        fields=_fields(choice),
        positions=POSITIONS,
        looks=LOOKS,
        languages=[(language, f"{language}: {wording(language)[1]}") for language in LANGUAGES],
        words=wording(choice.language)[1],
        address_of=address_of,
        tried=tried,
        fault=fault_words(request, fault),
        address=address or offered.page_to_test,
    )
    response.headers[POLICY] = policy_for_styles_of(offered.preview)
    response.headers.update(retry_headers(fault) if fault else {})
    return response


def _choice(said: Callable[[str, str], str]) -> Choice:
    return Choice.read(
        platform=said("platform", ""),
        position=said("placement", ""),
        look=said("look", ""),
        language=said("language", ""),
    )


def _fields(choice: Choice) -> dict[str, str]:
    return {
        "platform": choice.platform,
        "placement": choice.position,
        "look": choice.look,
        "language": choice.language,
    }
