"""The public page of a reader who wants one, and the choice of what it shows."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from receiver.actions.publish_reader import look_at_own_page, publish_reader, show_reader, unpublish_reader
from receiver.domain.errors import BadHandle, FlattrError, HandleTaken
from receiver.web.answers import answer_of
from receiver.web.fault_words import fault_words
from receiver.web.requests import Form, page_of, parts_of, visitor_of
from receiver.web.templating import render


def public_page(request: Request) -> Response:
    shown, page = show_reader(parts_of(request).db, request.path_params["handle"], page=page_of(request))
    return render(request, "public_reader.html", shown=shown, page=page)


def choice(request: Request) -> Response:
    return _choice(request)


def publish(request: Request, form: Form) -> Response:
    parts, visitor = parts_of(request), visitor_of(request)
    try:
        publish_reader(
            parts.db, reader=visitor.user, handle=form.get("handle", ""), now=parts.clock(),
            shows_clicks="shows_clicks" in form, is_findable="is_findable" in form,
        )  # fmt: skip
    except (BadHandle, HandleTaken) as error:
        return _choice(request, fault=error, typed=form)
    return RedirectResponse("/me/public", status_code=303)


def unpublish(request: Request, form: Form) -> Response:  # noqa: ARG001 - the address says all
    unpublish_reader(parts_of(request).db, reader=visitor_of(request).user)
    return RedirectResponse("/me/public", status_code=303)


def _choice(request: Request, *, fault: FlattrError | None = None, typed: Form | None = None) -> Response:
    """Show what is public, and the form to change it; it keeps what was typed."""
    visitor = visitor_of(request)
    return render(
        request,
        "reader_public.html",
        status=answer_of(fault).status if fault else 200,
        visitor=visitor,
        own=look_at_own_page(parts_of(request).db, reader=visitor.user),
        fault=fault_words(request, fault),
        typed=typed,
    )
