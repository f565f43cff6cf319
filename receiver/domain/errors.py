"""What can go wrong, named by the remedy; each class has its row in `receiver.web.answers`."""

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from receiver.domain.month import Month


class FlattrError(Exception):
    """Something that the person in front of it can mend; the message says how.

    `%(name)s` in the message stands for a fact, so that pages can say it in other languages.
    `many` is the message for any other number than one; the number is the fact `num`.
    """

    def __init__(self, message: str = "", many: str = "", /, **facts: object) -> None:
        self.message, self.many, self.facts = message, many, facts
        form = many if many and facts["num"] != 1 else message
        super().__init__(form % {name: _written(fact) for name, fact in facts.items()} if facts else form)


def _written(fact: object) -> str:
    return f"{fact:%Y-%m-%d %H:%M} UTC" if isinstance(fact, datetime) else str(fact)


class BadInput(FlattrError):
    """What was typed or sent cannot be taken; write it as the message says."""


class BadAmount(BadInput):
    """The text is no amount of money in this currency."""

    def __init__(self, text: str, remedy: str, **facts: object) -> None:
        self.text = text
        super().__init__(remedy, **facts)


class AmountOutOfBounds(BadInput):
    """The amount is well written, but too small or too large."""


class BadMonth(BadInput):
    """The text is no month."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__("write a month like 2026-09")


class BadEmail(BadInput):
    """The text is no e-mail address."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__("this is no e-mail address; write it like rosa@example.org")


class BadHandle(BadInput):
    """The text can be no name of a public page."""

    def __init__(self) -> None:
        super().__init__(
            "choose 3 to 30 small letters, digits and single hyphens that begin with a letter, and no name of ours"
        )


class BadSiteAddress(BadInput):
    """The address of a site cannot be used."""


class AddressMissing(BadInput):
    """A link with a site token does not say which page it is for; it needs `u=` and the address of the page."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__(
            "this link does not say which page it is for, and the browser does not tell where you came from;"
            " tell whoever made it that it needs u= and the address of a page of %(scope)s",
            scope=scope,
        )


class BadEndpointAddress(BadInput):
    """No message can go to this address; write one that is open to everybody."""


class BadWebhookBody(BadInput):
    """The body of a webhook is not what the documentation describes."""


class BadSettings(FlattrError):
    """The receiver cannot start; every fault of its settings is listed."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("the settings need mending:\n" + "\n".join(f"  - {fault}" for fault in faults))


class NotInstalled(FlattrError):
    """A library of an extra is missing; install the extra."""

    def __init__(self, why: str, *, extra: str) -> None:
        self.extra = extra
        super().__init__(f"{why}, which is not installed here; run: pip install 'selfhosted-flattr[{extra}]'")


class NotKnown(FlattrError):
    """There is no such user, site, thing, click, month or page here."""


class SignInNeeded(FlattrError):
    """Only somebody signed in can do this."""

    def __init__(self) -> None:
        super().__init__("sign in first")


class NotAllowed(FlattrError):
    """This person may not do this."""


class ProofNeeded(NotAllowed):
    """Only a session in which a passkey or a recovery code was used can do this; use one, and come back."""

    def __init__(self) -> None:
        super().__init__("show first that it is you, by your passkey or a recovery code")


class OwnThing(NotAllowed):
    """Nobody can flattr their own thing."""

    def __init__(self) -> None:
        super().__init__("this is your own; nobody can flattr themselves")


class NotAtOnce(NotAllowed):
    """This click is not one that may come without the confirm page; press the button there."""

    def __init__(self) -> None:
        super().__init__("this click needs the confirm page; press the button there")


class ForeignRequest(NotAllowed):
    """The request came from another site's page."""

    def __init__(self) -> None:
        super().__init__("this form was sent from another site; open the page here and press again")


class WrongCode(NotAllowed):
    """The code is wrong, too old, used up, or was asked for in another browser."""


class WrongPasskey(NotAllowed):
    """What the browser signed does not prove the passkey, or came too late; begin again."""


class LastProof(FlattrError):
    """It is the last way to prove that it is you; make another one first."""


class AddressRests(NotAllowed):
    """The e-mail address was changed a short time ago, and cannot be changed again or used yet."""


class StillOwed(FlattrError):
    """Money or income would be lost; have it paid or give it first, as the message says."""


class TooMany(FlattrError):
    """Too many tries; wait as the message says."""

    def __init__(self, remedy: str, *, retry_after_s: int, **facts: object) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(remedy, **facts)


class BadClickToken(NotAllowed):
    """The click was not pressed on our page, or not by this person."""


class StaleClickToken(FlattrError):
    """The confirm page is too old, or of another month; open it again and press again."""

    def __init__(self) -> None:
        super().__init__("this page was open for too long; press again")


class WrongSignature(NotAllowed):
    """A webhook or click is not signed by whom it names."""


class RevokedKey(NotAllowed):
    """The reader took the application's key back."""

    def __init__(self, revoked_at: datetime) -> None:
        self.revoked_at = revoked_at
        super().__init__("this click key was revoked %(day)s; the reader can make a new one", day=revoked_at.date())


class Replayed(FlattrError):
    """This very message was taken before; nothing was done again."""

    def __init__(self) -> None:
        super().__init__("this message was taken before; nothing was done again")


class MonthClosed(FlattrError):
    """A closed month never changes."""

    def __init__(self, month: "Month") -> None:
        self.month = month
        super().__init__("%(month)s is closed; a closed month never changes", month=month)


class MonthStillOpen(FlattrError):
    """The month is not over yet."""

    def __init__(self, month: "Month", ends_at: datetime, *, wish: str = "close") -> None:
        self.month = month
        self.ends_at = ends_at
        super().__init__(
            "%(month)s runs until %(ends_at)s; %(wish)s it after that", month=month, ends_at=ends_at, wish=wish
        )


class MonthClosing(FlattrError):
    """Who is paid for a page may not change in the middle of a close; try again when it is done."""

    def __init__(self) -> None:
        super().__init__("a month is being closed just now; try again in a few minutes")


class PastMonthOpen(FlattrError):
    """A month is over but not closed; close it first."""

    def __init__(self, month: "Month") -> None:
        self.month = month
        super().__init__("%(month)s is over but not closed, and this would change it; close it first", month=month)


class MonthNotDivided(FlattrError):
    """A month is over, and its income is divided by the parts as they are; change them when it is closed."""

    def __init__(self, month: "Month") -> None:
        self.month = month
        super().__init__(
            "%(month)s is over but not closed, and is divided by the parts as they are; try again when it is closed",
            month=month,
        )


class EarlierMonthOpen(FlattrError):
    """Months are closed in their order."""

    def __init__(self, month: "Month", earlier: "Month") -> None:
        self.month = month
        self.earlier = earlier
        super().__init__("close %(earlier)s before %(month)s", earlier=earlier, month=month)


class NothingClicked(FlattrError):
    """A pot cannot be split among nothing; without clicks the month's money stays the reader's."""

    def __init__(self) -> None:
        super().__init__("nothing was clicked; the money stays the reader's")


class NotEnough(FlattrError):
    """Less money is there than asked for; nothing was booked."""


class HandleTaken(FlattrError):
    """Somebody else shows a page under this name; choose another."""

    def __init__(self) -> None:
        super().__init__("somebody else has this name already; choose another")


class ScopeTaken(FlattrError):
    """Another creator's site was verified for this address; ask the operator to look at both."""


class PaymentDiffers(FlattrError):
    """This reference was booked before, with another amount or person; check the number."""


class NotProven(FlattrError):
    """The site does not show that its creator rules it; do as the message says and try again."""


class FetchRefused(FlattrError):
    """A page could not be fetched, or may not be."""


class MailNotSent(FlattrError):
    """The mail server did not take the mail; try again in a minute.

    `failure` names the cause by its class and the server's code, and nobody.
    """

    def __init__(self, message: str, *, failure: str) -> None:
        self.failure = failure
        super().__init__(message)


class MailServerAway(MailNotSent):
    """The mail server lets nobody in, so no other mail would get through just now either."""


class BooksBusy(FlattrError):
    """Somebody else is writing to the database; nothing was changed, try again."""

    def __init__(self) -> None:
        super().__init__("the books are busy; nothing was changed, try again in a moment")


class BooksServed(FlattrError):
    """Another receiver serves this file; only one can."""

    def __init__(self, books: str) -> None:
        self.books = books
        super().__init__(
            "another receiver serves %(books)s; stop that one first, or give this one a FLATTR_DATA_DIR of its own"
            " (several receivers share their books on PostgreSQL)",
            books=books,
        )


class BooksUnreachable(FlattrError):
    """The database server does not answer; nothing was changed."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(
            "the database server does not answer (%(cause)s); nothing was changed, tell the operator", cause=cause
        )


class BooksReadOnly(FlattrError):
    """The database cannot be written; nothing was changed."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__("the books cannot be written (%(cause)s); nothing was changed, tell the operator", cause=cause)


class BooksDamaged(FlattrError):
    """The database file is damaged; stop, keep it, and restore a backup."""

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__("the books are damaged (%(cause)s); stop, keep the file, and restore a backup", cause=cause)


class BooksOutOfBalance(FlattrError):
    """The books contradict themselves.  Never caught: stop and tell the operator."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("books out of balance:\n" + "\n".join(f"  - {fault}" for fault in faults))
