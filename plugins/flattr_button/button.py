"""The button itself: a plain link that costs a page no request, no script and no image."""

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from flattr_button.canonical import canonical_scope
from flattr_button.faults import BadLook
from flattr_button.wording import count_wording, direction_of_text, wording

BUTTON_BYTES_MAX: Final = 1024  # beside the token
CSS_CLASS: Final = "flattr-button"

# A coin with an upward notch, in a square of 16.
COIN: Final = Markup('<circle cx="8" cy="8" r="7"/><path d="M6.2 12V6.4c0-1.4.8-2.2 2.2-2.2h1.4M5 8.4h4"/>')
# It inherits the text's colour, so it fits light and dark themes.
_ICON: Final = Markup(
    '<svg aria-hidden="true" width="16" height="16" style="flex:none" viewBox="0 0 16 16" fill="none"'
    ' stroke="currentColor" stroke-width="1.6" stroke-linecap="round">{}</svg>'
).format(COIN)
_IN_A_LINE: Final = "display:inline-flex;align-items:center;"
_WITH_A_BORDER: Final = (
    "box-sizing:border-box;border:1px solid var(--flattr-border,currentColor);"
    "color:var(--flattr-color,inherit);background:var(--flattr-background,transparent);"
    "font:inherit;line-height:1;text-decoration:none;vertical-align:middle;"
)


@dataclass(frozen=True, slots=True)
class _Look:
    style: str
    icon: Markup


# What is pressed measures 44 CSS px, or 24 where it stands between other things: WCAG 2.2, 2.5.5 and 2.5.8.
_LOOK_BY_NAME: Final = {
    "standard": _Look(
        f"{_IN_A_LINE}{_WITH_A_BORDER}gap:.45em;min-height:max(44px,2.75em);padding:.4em 1em;"
        "border-radius:var(--flattr-radius,.5em)",
        _ICON,
    ),
    "compact": _Look(
        f"{_IN_A_LINE}{_WITH_A_BORDER}gap:.35em;min-height:max(24px,1.75em);padding:0 .7em;font-size:.85em;"
        "border-radius:var(--flattr-radius,2em)",
        _ICON,
    ),
    "text": _Look(f"{_IN_A_LINE}min-height:24px", Markup()),
}
LOOKS: Final = tuple(_LOOK_BY_NAME)


def button_url(receiver: str, token: str) -> str:
    """Return the address behind a button."""
    return f"{canonical_scope(receiver)}f/{token}"


def button_html(
    receiver: str, token: str, *, language: str | None = None, look: str = "standard", count: int | None = None
) -> Markup:
    """Return the button of a thing; its text is in the page's language, or in English if we have no words for it.

    Themes style it by `--flattr-color`, `--flattr-background`, `--flattr-border` and `--flattr-radius`;
    the look `text` is a link as the theme draws links.
    `count` is how often the thing was clicked: a small number behind the text, which is read out with its meaning;
    none, if it is None or 0.
    Raises BadLook, or BadUrl for the receiver.
    """
    drawn = _LOOK_BY_NAME[require_look(look)]
    text_language, text = wording(language)
    direction = direction_of_text(language)
    counted = count_wording(language, count) if count else ""
    return Markup(
        '<a class="{}" href="{}" rel="payment nofollow noopener" referrerpolicy="origin" lang="{}"{}{} style="{}">'
        "{}<span>{}{}</span></a>"
    ).format(
        CSS_CLASS,
        button_url(receiver, token),
        text_language,
        Markup(' dir="{}"').format(direction) if direction else "",
        Markup(' aria-label="{} ({})"').format(text, counted) if counted else "",
        drawn.style,
        drawn.icon,
        text,
        Markup(' <small title="{}">{}</small>').format(counted, count) if counted else "",
    )


def require_look(look: object) -> str:
    """Return one of LOOKS, however it was spelt, or raise BadLook."""
    word = str(look).strip().lower()
    if word not in LOOKS:
        raise BadLook(look, LOOKS)
    return word


def style_of_look(look: str) -> str:
    """Return the declarations that draw a look, as they stand in its `style`.  Raises BadLook."""
    return _LOOK_BY_NAME[require_look(look)].style


def head_link(receiver: str, token: str) -> Markup:
    """Return the link for the page's head, by which feed readers and browsers find the button (RFC 8288, `payment`)."""
    return Markup('<link rel="payment" type="text/html" href="{}">').format(button_url(receiver, token))
