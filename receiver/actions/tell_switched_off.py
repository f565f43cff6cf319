"""Mail creators that an endpoint of theirs was switched off."""

import logging
from collections.abc import Iterable
from urllib.parse import urlsplit

from receiver.actions.deliver_webhooks import SwitchedOff
from receiver.domain.errors import MailNotSent
from receiver.gateways.mail import Mailer

log = logging.getLogger("receiver")


def tell_switched_off(mailer: Mailer, switched_off: Iterable[SwitchedOff], *, receiver: str) -> None:
    """Send a mail for each; the page of the site says so too, so a mail that cannot be sent is not sent again."""
    for off in switched_off:
        try:
            mailer.send(to=off.owner_email, subject="An endpoint was switched off", text=_mail(off, receiver))
        except MailNotSent as error:
            log.warning("nobody was told that an endpoint was switched off: %s", error)


def _mail(off: SwitchedOff, receiver: str) -> str:
    return (
        f"The messages about {off.site_title} to {urlsplit(off.endpoint.url).hostname} were not taken for days,\n"
        "or were answered with 410 (gone), so no more are sent there.\n\n"
        "See what was not delivered, and switch it on again:\n"
        f"{receiver}creator/sites/{off.endpoint.site}/webhooks\n"
    )
