"""Tables as files that a browser saves."""

from starlette.responses import Response

from receiver.web.statement_tables import Table, csv_text


def csv_answer(table: Table, file_name: str) -> Response:
    return Response(
        csv_text(table),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
