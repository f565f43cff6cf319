"""A browser without a screen: cookies, forms and links over real HTTP, for the demo's people."""

import re
from html import unescape
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, Request, build_opener


class ScriptedBrowser:
    """Follows redirects and keeps cookies, as one person's browser does."""

    def __init__(self) -> None:
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.url = ""
        self.page = ""

    def open(self, url: str) -> str:
        return self._load(Request(url))

    def send(self, action: str, **fields: str) -> str:
        """Send the form of the current page that has this action; `fields` are what the person fills in."""
        form = next((form for form in _forms(self.page) if form.action == action), None)
        if form is None:
            raise LookupError(f"{self.url} has no form to {action}")
        target = urljoin(self.url, action)
        parts = urlsplit(target)
        headers = {"Origin": f"{parts.scheme}://{parts.netloc}", "Sec-Fetch-Site": "same-origin"}
        return self._load(Request(target, data=urlencode(form.fields | fields).encode(), headers=headers))

    def links(self, css_class: str) -> list[str]:
        """Return where the links of a class lead."""
        anchors = re.findall(r"<a\s[^>]*>", self.page)
        found = [anchor for anchor in anchors if re.search(rf'class="?[^">]*\b{css_class}\b', anchor)]
        return [unescape(re.search(r'href="([^"]+)"', anchor)[1]) for anchor in found]  # type: ignore[index]

    def _load(self, request: Request) -> str:
        try:
            with self._opener.open(request, timeout=30) as answer:
                self.url, self.page = answer.url, answer.read().decode()
        except HTTPError as error:
            raise RuntimeError(f"{request.full_url[:100]} answered {error.code}: {error.read()[:2000]!r}") from None
        return self.page


class _Form:
    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: dict[str, str] = {}


class _FormParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append(_Form(given.get("action") or ""))
        is_filled = given.get("type") == "hidden" or "checked" in given
        if tag == "input" and self.forms and given.get("name") and is_filled:
            self.forms[-1].fields[str(given["name"])] = given.get("value") or ""


def _forms(page: str) -> list[_Form]:
    parser = _FormParser()
    parser.feed(page)
    return parser.forms
