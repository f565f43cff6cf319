"""What an error says on a page: its message, in the language of the page."""

from starlette.requests import Request

from receiver.languages import Told
from receiver.web.requests import language_of


def fault_words(request: Request, fault: Exception | None) -> str:
    """Return the message of an error in the page's language; "" for none.

    Logs, shells and machines keep `str(fault)`, which is English.
    """
    if fault is None:
        return ""
    return language_of(request).tell(fault) if isinstance(fault, Told) else str(fault)
