"""By which name passkeys know the receiver."""

import pytest

from receiver.domain.relying_party import RelyingParty


@pytest.mark.parametrize(
    ("url", "id", "origin", "has_name"),
    [
        ("https://flattr.example/", "flattr.example", "https://flattr.example", True),
        ("https://flattr.example:8443/", "flattr.example", "https://flattr.example:8443", True),
        ("http://localhost:8000/", "localhost", "http://localhost:8000", True),
        ("http://127.0.0.1:8000/", "127.0.0.1", "http://127.0.0.1:8000", False),
        ("https://[2001:db8::1]/", "2001:db8::1", "https://[2001:db8::1]", False),
    ],
)
def test_passkeys_are_bound_to_host_and_origin(url: str, id: str, origin: str, has_name: bool) -> None:
    party = RelyingParty.of(url, "Flattr")

    assert (party.id, party.origin, party.has_name) == (id, origin, has_name)
