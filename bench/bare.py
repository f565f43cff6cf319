"""The baseline: the same server, and an endpoint that does next to nothing.  `python -m bench.bare PORT`."""

import json
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route


async def read_json(request: Request) -> Response:
    json.loads(await request.body())
    return JSONResponse({"status": "ok"})


async def redirect(request: Request) -> Response:
    await request.body()
    return RedirectResponse("/f/done/0123456789abcdef", status_code=303)


async def answer(request: Request) -> Response:  # noqa: ARG001 - Starlette passes it
    return JSONResponse({"status": "ok"})


app = Starlette(
    routes=[
        Route("/webhooks/clicks", read_json, methods=["POST"]),
        Route("/f", redirect, methods=["POST"]),
        Route("/healthz", answer),
    ]
)


if __name__ == "__main__":
    uvicorn.run(
        app, host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False,
        server_header=False, log_level="warning",
    )  # fmt: skip
