"""Style, script and icon: their addresses change with them (see `templating.static`), so browsers keep them."""

from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles


class LongLivedFiles(StaticFiles):
    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
