"""Applications that click for a reader, each with a key of its own."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from receiver.actions.connect_application import connect_application, disconnect_application, list_applications
from receiver.domain.errors import BadInput, FlattrError
from receiver.web.answers import answer_of
from receiver.web.fault_words import fault_words
from receiver.web.requests import Form, parts_of, visitor_of
from receiver.web.templating import render


def applications(request: Request) -> Response:
    return _applications(request)


def connect(request: Request, form: Form) -> Response:
    """Answer with the new key itself: it is shown this once, in the answer to a POST, and stored nowhere."""
    parts, visitor, label = parts_of(request), visitor_of(request), form.get("label", "")
    try:
        key = connect_application(parts.db, parts.keys, reader=visitor.user, label=label, now=parts.clock())
    except BadInput as error:
        return _applications(request, fault=error, typed=label)
    return _applications(request, new_key=key.text())


def disconnect(request: Request, form: Form) -> Response:  # noqa: ARG001 - the address says all
    parts, visitor = parts_of(request), visitor_of(request)
    disconnect_application(parts.db, reader=visitor.user, key_id=request.path_params["key"], now=parts.clock())
    return RedirectResponse("/me/applications", status_code=303)


def _applications(
    request: Request, *, new_key: str = "", fault: FlattrError | None = None, typed: str = ""
) -> Response:
    visitor = visitor_of(request)
    return render(
        request,
        "applications.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        applications=list_applications(parts_of(request).db, reader=visitor.user),
        new_key=new_key,
        fault=fault_words(request, fault),
        typed=typed,
    )
