"""One table: what each error is to a browser (status) and to a shell (exit code)."""

from typing import Final, NamedTuple

from flattr_button import faults
from receiver.domain import errors


class Answer(NamedTuple):
    status: int
    exit_code: int


REFUSED: Final = 1
MISUSED: Final = 2
TRY_AGAIN: Final = 3
BROKEN: Final = 4

ANSWER_BY_ERROR: Final[dict[type[Exception], Answer]] = {
    errors.FlattrError: Answer(400, REFUSED),
    errors.BadInput: Answer(422, MISUSED),
    errors.BadAmount: Answer(422, MISUSED),
    errors.AmountOutOfBounds: Answer(422, MISUSED),
    errors.BadMonth: Answer(422, MISUSED),
    errors.BadEmail: Answer(422, MISUSED),
    errors.BadHandle: Answer(422, MISUSED),
    errors.BadSiteAddress: Answer(422, MISUSED),
    errors.AddressMissing: Answer(422, MISUSED),
    errors.BadEndpointAddress: Answer(422, MISUSED),
    errors.BadWebhookBody: Answer(422, MISUSED),
    errors.BadSettings: Answer(500, MISUSED),
    errors.NotInstalled: Answer(500, MISUSED),
    errors.NotKnown: Answer(404, REFUSED),
    errors.SignInNeeded: Answer(401, REFUSED),
    errors.NotAllowed: Answer(403, REFUSED),
    errors.ProofNeeded: Answer(403, REFUSED),
    errors.OwnThing: Answer(403, REFUSED),
    errors.NotAtOnce: Answer(403, REFUSED),
    errors.ForeignRequest: Answer(403, REFUSED),
    errors.WrongCode: Answer(403, REFUSED),
    errors.WrongPasskey: Answer(403, REFUSED),
    errors.LastProof: Answer(409, REFUSED),
    errors.AddressRests: Answer(403, REFUSED),
    errors.StillOwed: Answer(409, REFUSED),
    errors.TooMany: Answer(429, TRY_AGAIN),
    errors.BadClickToken: Answer(403, REFUSED),
    errors.StaleClickToken: Answer(409, TRY_AGAIN),
    errors.WrongSignature: Answer(401, REFUSED),
    errors.RevokedKey: Answer(401, REFUSED),
    errors.Replayed: Answer(409, REFUSED),
    errors.MonthClosed: Answer(409, REFUSED),
    errors.MonthStillOpen: Answer(409, REFUSED),
    errors.PastMonthOpen: Answer(409, REFUSED),
    errors.MonthNotDivided: Answer(409, TRY_AGAIN),
    errors.EarlierMonthOpen: Answer(409, REFUSED),
    errors.MonthClosing: Answer(409, TRY_AGAIN),
    errors.NothingClicked: Answer(409, REFUSED),
    errors.NotEnough: Answer(409, REFUSED),
    errors.HandleTaken: Answer(409, REFUSED),
    errors.ScopeTaken: Answer(409, REFUSED),
    errors.PaymentDiffers: Answer(409, REFUSED),
    errors.NotProven: Answer(409, REFUSED),
    errors.FetchRefused: Answer(409, REFUSED),
    errors.MailNotSent: Answer(503, TRY_AGAIN),
    errors.MailServerAway: Answer(503, TRY_AGAIN),
    errors.BooksBusy: Answer(503, TRY_AGAIN),
    errors.BooksServed: Answer(503, TRY_AGAIN),
    errors.BooksUnreachable: Answer(503, TRY_AGAIN),
    errors.BooksReadOnly: Answer(503, TRY_AGAIN),
    errors.BooksDamaged: Answer(503, BROKEN),
    errors.BooksOutOfBalance: Answer(500, BROKEN),
    faults.FlattrButtonError: Answer(400, REFUSED),
    faults.BadUrl: Answer(422, MISUSED),
    faults.BadClaim: Answer(422, MISUSED),
    faults.BadSiteKey: Answer(422, MISUSED),
    faults.MissingSettings: Answer(422, MISUSED),
    faults.BadClickKey: Answer(422, MISUSED),
    faults.BadFrontMatter: Answer(422, MISUSED),
    faults.BadPosition: Answer(422, MISUSED),
    faults.BadLook: Answer(422, MISUSED),
    faults.BadThingsList: Answer(422, MISUSED),
    faults.BadWebhook: Answer(401, REFUSED),
    faults.BadQuestion: Answer(422, MISUSED),
    faults.ReceiverSilent: Answer(503, TRY_AGAIN),
    faults.ReceiverBusy: Answer(503, TRY_AGAIN),
    faults.ReceiverRefused: Answer(400, REFUSED),
    faults.BadToken: Answer(400, REFUSED),
    faults.MalformedToken: Answer(400, REFUSED),
    faults.TokenTooLong: Answer(414, REFUSED),
    faults.UnknownSite: Answer(404, REFUSED),
    faults.RetiredKey: Answer(410, REFUSED),
    faults.RetiredSiteToken: Answer(410, REFUSED),
    faults.ForgedToken: Answer(403, REFUSED),
    faults.OutsideScope: Answer(403, REFUSED),
}


def answer_of(error: Exception) -> Answer:
    """Return the row of an error's class, or of the nearest class above it."""
    return next(ANSWER_BY_ERROR[cls] for cls in type(error).__mro__ if cls in ANSWER_BY_ERROR)


def retry_headers(error: Exception) -> dict[str, str]:
    """Return the header that tells when to try again, if that helps."""
    if isinstance(error, errors.TooMany):
        return {"Retry-After": str(error.retry_after_s)}
    return {"Retry-After": "5"} if answer_of(error).status == 503 else {}
