"""Offer a creator the button of a site: for one platform, at one place, in one look and language.  Writes nothing."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from markupsafe import Markup
from sqlalchemy import Connection

from flattr_button import LOOKS, POSITIONS, button_html, claim_for_post, require_look, require_position, sign
from flattr_button.badge import badge_svg
from flattr_button.button import CSS_CLASS, style_of_look
from flattr_button.wording import LANGUAGES, wording
from receiver.actions.mint_site_token import mint_site_token
from receiver.actions.register_site import require_owner, site_key
from receiver.domain.errors import BadInput
from receiver.domain.instructions import Paragraph, Steps, read_instructions
from receiver.domain.person import User
from receiver.domain.plugin_settings import PluginSettings
from receiver.domain.site import Site
from receiver.domain.snippet import Filling, Snippet, SnippetFile
from receiver.store import sites, things
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys
from receiver.store.snippets import read_snippets

STYLE_POLICY: Final = "style-src-attr 'unsafe-inline'"
_STYLE_IN_A_FILE: Final = re.compile(r"""style=["']""")
_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.S)
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~/:%-]*")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a creator chose."""

    platform: str = "pelican"
    position: str = POSITIONS[0]
    look: str = LOOKS[0]
    language: str = LANGUAGES[0]

    @classmethod
    def read(cls, *, platform: str, position: str, look: str, language: str) -> Self:
        """Read what a form says; nothing said is the first of each.  Raises BadPosition, BadLook, BadInput."""
        if language and language not in LANGUAGES:
            raise BadInput(
                "the button does not speak %(language)s; choose one of %(known)s",
                language=repr(language),
                known=", ".join(LANGUAGES),
            )
        return cls(
            platform=platform or cls().platform,
            position=require_position(position or cls().position),
            look=require_look(look or cls().look),
            language=language or cls().language,
        )


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform that can be chosen; `signs` says whether it uses the site key."""

    name: str
    title: str
    signs: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """A line for the Content-Security-Policy of a strict blog; `file` is the one that needs it, "" if all do."""

    line: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class ByHand:
    """What a snippet cannot be told, so that the creator changes it by hand; empty where nothing is to be changed.

    `style_sheet` is a rule for the site's own style sheet, `style` belongs into the attribute of these `files`,
    `words` are those that the snippet does not know.  `keeps_look`: there is no place at which to change the look.
    """

    style_sheet: str = ""
    style: str = ""
    files: tuple[str, ...] = ()
    words: str = ""
    keeps_look: bool = False


@dataclass(frozen=True, slots=True)
class OfferedButton:
    """All that the page *Your button* shows.  It never holds the site key.

    `preview` is a real button, of the address of the site itself; `picture` is an SVG where no button can stand.
    """

    site: Site
    choice: Choice
    platforms: tuple[Platform, ...]
    title: str
    is_plugin: bool
    signs: bool
    names_pages: bool
    instructions: tuple[Paragraph | Steps, ...]
    files: tuple[SnippetFile, ...]
    by_hand: ByHand
    preview: Markup
    picture: str
    policies: tuple[Policy, ...]
    has_odd_address: bool  # a sign of it may mean something in code
    page_to_test: str


def offer_button(
    db: Database, keys: MasterKeys, *, owner: User, site: str, receiver: str, choice: Choice
) -> OfferedButton:
    """Return the button of one's own site.  Raises NotKnown, NotAllowed, BadInput."""
    with db.reading() as connection:
        known = sites.get(connection, site)
        require_owner(known, owner)
        newest = sites.newest_key(connection, site)
        page_to_test = _page_to_test(connection, known)
    text_language, words = wording(choice.language)
    filling = Filling(
        receiver=receiver,
        scope=known.scope,
        site_token=mint_site_token(keys, known, newest).text(),
        language=text_language,
        words=words,
    )
    settings = PluginSettings(
        receiver=receiver,
        scope=known.scope,
        position=choice.position,
        look=choice.look,
        language=choice.language,
    )
    plugins, snippets = settings.snippets(), read_snippets()
    chosen = _chosen((*plugins, *snippets), choice.platform)
    filled = chosen if chosen in plugins else filling.fill(chosen)
    by_hand = ByHand() if chosen in plugins else _by_hand(filled, choice)
    key = site_key(keys, newest)
    token = sign(claim_for_post(key, url=known.scope, title=known.title), key)
    return OfferedButton(
        site=known,
        choice=choice,
        platforms=tuple(Platform(one.name, one.title, one.signs) for one in (*plugins, *_by_title(snippets))),
        title=chosen.title,
        is_plugin=chosen in plugins,
        signs=chosen.signs,
        names_pages=chosen.names_pages,
        instructions=read_instructions(filled.readme),
        files=filled.files,
        by_hand=by_hand,
        preview=button_html(
            receiver,
            token,
            language=choice.language,
            look="text" if by_hand.keeps_look and not chosen.signs else LOOKS[0] if by_hand.keeps_look else choice.look,
        ),
        picture=badge_svg(choice.language) if f"flattr-{text_language}.svg" in _text(filled) else "",
        policies=tuple(_policies(filled)),
        has_odd_address=not (_PLAIN.fullmatch(known.scope) and _PLAIN.fullmatch(receiver)),
        page_to_test=page_to_test,
    )


def _page_to_test(connection: Connection, site: Site) -> str:
    newest = things.of_site(connection, site.id, limit=1)
    return newest[0].url if newest else site.scope


def _chosen(snippets: tuple[Snippet, ...], name: str) -> Snippet:
    for snippet in snippets:
        if snippet.name == name:
            return snippet
    raise BadInput(
        "there is no platform %(name)s here; choose one of %(known)s",
        name=repr(name),
        known=", ".join(one.name for one in snippets),
    )


def _by_title(snippets: tuple[Snippet, ...]) -> list[Snippet]:
    return sorted(snippets, key=lambda snippet: (not snippet.signs, snippet.title.lower()))


def _by_hand(snippet: Snippet, choice: Choice) -> ByHand:
    if not snippet.signs:
        has_class = CSS_CLASS in _text(snippet)
        return ByHand(
            style_sheet=_rule(choice.look) if has_class and choice.look != "text" else "",
            keeps_look=not has_class,
        )
    styled = tuple(file.path for file in snippet.files if _STYLE_IN_A_FILE.search(file.text))
    is_other_look = choice.look != LOOKS[0]
    knows_words = wording("de")[1] not in _text(snippet) or wording(choice.language)[1] in _text(snippet)
    return ByHand(
        style=style_of_look(choice.look) if styled and is_other_look else "",
        files=styled,
        words="" if knows_words else wording(choice.language)[1],
        keeps_look=is_other_look and not styled,
    )


def _rule(look: str) -> str:
    declarations = re.sub(r";\s*", ";\n  ", style_of_look(look).rstrip(";"))
    return f".{CSS_CLASS} {{\n  {declarations};\n}}\n"


def _policies(snippet: Snippet) -> Iterator[Policy]:
    """Yield what a strict blog must allow: the style of the button, and scripts by the hash of their very text."""
    if snippet.signs:
        yield Policy(STYLE_POLICY)
    for file in snippet.files:
        if not snippet.signs and _STYLE_IN_A_FILE.search(file.text):
            yield Policy(STYLE_POLICY, file.path)
        for script in _SCRIPT.findall(file.text):
            digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
            yield Policy(f"script-src 'sha256-{digest}'", file.path)


def _text(snippet: Snippet) -> str:
    return "\n".join([snippet.readme, *(file.text for file in snippet.files)])
