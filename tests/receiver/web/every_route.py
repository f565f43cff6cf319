"""Every route of `routes.py`, filled in with what is there."""

from starlette.routing import Route

from receiver.web.routes import ROUTES

VALUE_BY_NAME = {
    "site_token": "fst1_aaaaaaaaaa_1_aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "subscription": "1",
    "change": "pause",
    "gift": "1",
    "thing": "1",
    "endpoint": "a" * 16,
    "delivery": "1",
    "feed": "fcf1_aaaaaaaaaa_1_" + "a" * 32,
    "team": "1",
    "answer": "refuse",
    "month": "2026-09",
    "code": "1-aaaaaaaaaaaaaaaa",
    "session": "0123456789abcdef",
    "passkey": "x",
    "undo": "x",
    "handle": "rosa",
    "stop": "1-none",
}


def routes(method: str, *, signed: bool = False) -> list[str]:
    """Return the paths that take a method; those for machines only if asked for."""
    return [
        route.path
        for route in ROUTES
        if isinstance(route, Route) and method in (route.methods or ()) and is_signed(method, route.path) is signed
    ]


def is_signed(method: str, path: str) -> bool:
    """Tell whether what is sent there carries its own proof, so that machines can send it."""
    return path.startswith("/webhooks/") or (method == "POST" and path == "/mails/stop/{stop}")


def filled(path: str, **values: str) -> str:
    for name, value in (VALUE_BY_NAME | values).items():
        path = path.replace("{" + name + "}", value)
    assert "{" not in path, path
    return path
