"""The button itself: a plain link that costs a page no request, no script and no image."""

from typing import Final

from markupsafe import Markup

from flattr_button.canonical import canonical_scope
from flattr_button.wording import button_text, language_of_text

BUTTON_BYTES_MAX: Final = 1024  # beside the token
CSS_CLASS: Final = "flattr-button"

# A coin with an upward notch.  It inherits the text's colour, so it fits light and dark themes.
_ICON: Final = Markup(
    '<svg aria-hidden="true" width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor"'
    ' stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"><circle cx="8" cy="8" r="7"/>'
    '<path d="M6.2 12V6.4c0-1.4.8-2.2 2.2-2.2h1.4M5 8.4h4"/></svg>'
)
_STYLE: Final = (
    "display:inline-flex;align-items:center;gap:.45em;min-height:2.75em;padding:0 1em;box-sizing:border-box;"
    "border:1px solid var(--flattr-border,currentColor);border-radius:var(--flattr-radius,.5em);"
    "color:var(--flattr-color,inherit);background:var(--flattr-background,transparent);"
    "font:inherit;line-height:1;text-decoration:none"
)


def button_url(receiver: str, token: str) -> str:
    """Return the address behind a button."""
    return f"{canonical_scope(receiver)}f/{token}"


def button_html(receiver: str, token: str, *, language: str | None = None) -> Markup:
    """Return the button of a thing; its text is in the page's language, or in English if we have no words for it.

    Themes style it by `--flattr-color`, `--flattr-background`, `--flattr-border` and `--flattr-radius`.
    """
    return Markup(
        '<a class="{}" href="{}" rel="payment nofollow noopener" referrerpolicy="origin" lang="{}" style="{}">'
        "{}<span>{}</span></a>"
    ).format(
        CSS_CLASS,
        button_url(receiver, token),
        language_of_text(language),
        _STYLE,
        _ICON,
        button_text(language),
    )


def head_link(receiver: str, token: str) -> Markup:
    """Return the link for the page's head, by which feed readers and browsers find the button (RFC 8288, `payment`)."""
    return Markup('<link rel="payment" type="text/html" href="{}">').format(button_url(receiver, token))
