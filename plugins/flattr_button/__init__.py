"""The contract between blog and receiver: claim, token, site key, button.

It knows neither side.  The format byte by byte, with test vectors: docs/token.md.
"""

from flattr_button.button import button_html, button_url, head_link
from flattr_button.canonical import canonical_scope, canonical_url, is_in_scope
from flattr_button.claim import Claim, cleaned_title
from flattr_button.faults import (
    BadClaim,
    BadSiteKey,
    BadThingsList,
    BadToken,
    BadUrl,
    BadWebhook,
    FlattrButtonError,
    ForgedToken,
    MalformedToken,
    OutsideScope,
    RetiredKey,
    TokenTooLong,
    UnknownSite,
)
from flattr_button.post import claim_for_post
from flattr_button.site_key import SiteKey, site_key_from_environment
from flattr_button.things_list import ThingsList
from flattr_button.token import SiteOfToken, sign, verify
from flattr_button.webhook import sign_webhook, verify_webhook

__all__ = [
    "BadClaim",
    "BadSiteKey",
    "BadThingsList",
    "BadToken",
    "BadUrl",
    "BadWebhook",
    "Claim",
    "FlattrButtonError",
    "ForgedToken",
    "MalformedToken",
    "OutsideScope",
    "RetiredKey",
    "SiteKey",
    "SiteOfToken",
    "ThingsList",
    "TokenTooLong",
    "UnknownSite",
    "button_html",
    "button_url",
    "canonical_scope",
    "canonical_url",
    "claim_for_post",
    "cleaned_title",
    "head_link",
    "is_in_scope",
    "sign",
    "sign_webhook",
    "site_key_from_environment",
    "verify",
    "verify_webhook",
]
