"""Ask a receiver what it knows of a built site."""

from datetime import UTC, datetime
from typing import Final

from flattr_button import BadUrl, RetiredKey, SiteKey, UnknownSite
from flattr_button.asking import ask, require_answer
from flattr_button.faults import ReceiverRefused, ReceiverSilent
from flattr_button.things_list import WELL_KNOWN_PATH
from flattr_tool.findings import Kind, Report
from flattr_tool.listed import Listed

KIND_BY_STATUS: Final = {403: Kind.BAD_TOKEN, 404: Kind.UNKNOWN_SITE, 410: Kind.RETIRED_KEY}
KIND_BY_ERROR: Final = {UnknownSite.__name__: Kind.UNKNOWN_SITE, RetiredKey.__name__: Kind.RETIRED_KEY}


def ask_receiver(listed: Listed, key: SiteKey | None, report: Report) -> None:
    """Add to a report what the receiver says, or that it says nothing."""
    receiver = listed.listing.receiver
    try:
        if key is not None:
            _ask_with_key(key, receiver, listed.listing.scope, report)
        elif listed.listing.tokens:
            _ask_as_reader(receiver, listed.listing.tokens[0], report)
    except ReceiverSilent as error:
        report.add(Kind.RECEIVER_SILENT, str(error))
    except BadUrl as error:
        report.add(Kind.OTHER_RECEIVER, str(error), path=WELL_KNOWN_PATH)


def _ask_with_key(key: SiteKey, receiver: str, scope: str, report: Report) -> None:
    try:
        known = ask(key, receiver, "site")
    except ReceiverRefused as refusal:
        report.add(KIND_BY_ERROR.get(refusal.name, Kind.REFUSED), str(refusal))
        return
    if known.get("scope") != scope:
        report.add(
            Kind.OTHER_SCOPE,
            f"the receiver knows the site as {known.get('scope')}, it was built for {scope}; correct the address of "
            "either",
        )
    if not known.get("is_verified"):
        report.add(Kind.NOT_VERIFIED, "the site is not verified yet; publish it, and press Verify at the receiver")
    newest, retires_at = known.get("newest_generation"), known.get("retires_at")
    if isinstance(newest, int) and newest > key.generation:
        when = f" on {datetime.fromtimestamp(retires_at, UTC):%Y-%m-%d}" if isinstance(retires_at, int) else ""
        report.add(
            Kind.KEY_SUCCEEDED,
            f"the key has a successor, generation {newest}, and retires{when}; build with the new one before",
        )


def _ask_as_reader(receiver: str, token: str, report: Report) -> None:
    """Open the first button, for want of a key to ask about the site with."""
    try:
        require_answer(receiver, f"f/{token}")
    except ReceiverRefused as refusal:
        kind = KIND_BY_STATUS.get(refusal.status, Kind.REFUSED)
        report.add(kind, f"{receiver} refuses the first button of the list ({refusal.status}); open it in a browser")
