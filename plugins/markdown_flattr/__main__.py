"""Write the signed list of a site that Zensical has built: `python -m markdown_flattr OUTPUT SITE_URL`.

Zensical tells an extension of one page at a time and not of the end, so the list is made of what was built.
The key comes from the environment; tokens that it did not sign for this address are left out.
"""

import os
import re
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Final

from flattr_button import (
    BadToken,
    Blog,
    FlattrButtonError,
    MissingSettings,
    SiteOfToken,
    UnknownSite,
    canonical_scope,
    site_key_from_environment,
    verify,
)
from flattr_button.things_list import WELL_KNOWN_PATH

# A minifier may leave out the quotes.
_BUTTON: Final = re.compile(
    r"""<a\s[^>]*?\bhref=["']?(?P<receiver>https?://[^"'\s>]*?)f/(?P<token>[\w-]+\.[\w-]{43})"""
)


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or not Path(arguments[0]).is_dir():
        print("python -m markdown_flattr OUTPUT SITE_URL: the folder that was built, and its address", file=sys.stderr)
        return 2
    try:
        print(write_list(Path(arguments[0]), arguments[1]))
    except FlattrButtonError as error:
        print(f"no list was written: {error}", file=sys.stderr)
        return 1
    return 0


def write_list(output: Path, site_url: str) -> str:
    """Write the list; return what was done.  Raises FlattrButtonError with the remedy."""
    scope, key = canonical_scope(site_url), site_key_from_environment(os.environ)
    if key is None:
        raise MissingSettings(["FLATTR_SITE_KEY"])

    def site_of(site: str, generation: int) -> SiteOfToken:
        if (site, generation) != (key.site, key.generation):
            raise UnknownSite(site, generation)
        return SiteOfToken(key.secret, scope)

    tokens_by_receiver: dict[str, list[str]] = {}
    for receiver, token in sorted(set(_buttons(output))):
        try:
            verify(token, site_of)
        except BadToken:
            continue
        tokens_by_receiver.setdefault(canonical_scope(receiver), []).append(token)
    if not tokens_by_receiver:
        raise FlattrButtonError(f"no page in {output} has a button of this key below {scope}; build the site with it")
    if len(tokens_by_receiver) > 1:
        raise FlattrButtonError(f"buttons of several receivers, {', '.join(tokens_by_receiver)}; build the site anew")
    ((receiver, tokens),) = tokens_by_receiver.items()
    path = output / WELL_KNOWN_PATH
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(Blog(key, receiver, scope).list_of(tokens).encode())
    return f"{path}: {len(tokens)} things"


def _buttons(output: Path) -> Iterator[tuple[str, str]]:
    for path in output.rglob("*.html"):
        for button in _BUTTON.finditer(path.read_text(errors="replace")):
            yield unescape(button["receiver"]), button["token"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
