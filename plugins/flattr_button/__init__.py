"""The contract between blog and receiver: claim, token, site key, button.

It knows neither side.  The format byte by byte, with test vectors: docs/token.md.
"""

from flattr_button.application_click import ApplicationClick, ClickKey, read_click
from flattr_button.blog import Blog, SignedThing, looks_like_site_key, moment_of
from flattr_button.button import LOOKS, button_html, button_url, head_link, require_look
from flattr_button.canonical import canonical_scope, canonical_url, is_in_scope
from flattr_button.claim import Claim, cleaned_title
from flattr_button.faults import (
    BadClaim,
    BadClickKey,
    BadFrontMatter,
    BadLook,
    BadPosition,
    BadSiteKey,
    BadThingsList,
    BadToken,
    BadUrl,
    BadWebhook,
    FlattrButtonError,
    ForgedToken,
    MalformedToken,
    MissingSettings,
    OutsideScope,
    RetiredKey,
    RetiredSiteToken,
    TokenTooLong,
    UnknownSite,
)
from flattr_button.placement import (
    MARK,
    MARK_TAG,
    POSITIONS,
    has_mark,
    require_position,
    with_button,
    with_head_link,
    with_place,
    without_place,
)
from flattr_button.post import claim_for_post
from flattr_button.preview import preview_button
from flattr_button.site_key import SiteKey, site_key_from_environment
from flattr_button.site_token import SiteToken
from flattr_button.things_list import ThingsList
from flattr_button.token import SiteOfToken, sign, verify
from flattr_button.verified import VerifiedTokens
from flattr_button.webhook import sign_webhook, verify_webhook
from flattr_button.wish import Wish, texts, yes_or_no

__all__ = [
    "LOOKS",
    "MARK",
    "MARK_TAG",
    "POSITIONS",
    "ApplicationClick",
    "BadClaim",
    "BadClickKey",
    "BadFrontMatter",
    "BadLook",
    "BadPosition",
    "BadSiteKey",
    "BadThingsList",
    "BadToken",
    "BadUrl",
    "BadWebhook",
    "Blog",
    "Claim",
    "ClickKey",
    "FlattrButtonError",
    "ForgedToken",
    "MalformedToken",
    "MissingSettings",
    "OutsideScope",
    "RetiredKey",
    "RetiredSiteToken",
    "SignedThing",
    "SiteKey",
    "SiteOfToken",
    "SiteToken",
    "ThingsList",
    "TokenTooLong",
    "UnknownSite",
    "VerifiedTokens",
    "Wish",
    "button_html",
    "button_url",
    "canonical_scope",
    "canonical_url",
    "claim_for_post",
    "cleaned_title",
    "has_mark",
    "head_link",
    "is_in_scope",
    "looks_like_site_key",
    "moment_of",
    "preview_button",
    "read_click",
    "require_look",
    "require_position",
    "sign",
    "sign_webhook",
    "site_key_from_environment",
    "texts",
    "verify",
    "verify_webhook",
    "with_button",
    "with_head_link",
    "with_place",
    "without_place",
    "yes_or_no",
]
