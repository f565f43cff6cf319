"""Who asks for a passkey: the receiver, by the name of its host (WebAuthn Level 3, 4: Relying Party Identifier)."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Passkeys are bound to `id`, the host: a receiver that moves to another one has none any more."""

    id: str
    origin: str
    name: str

    @classmethod
    def of(cls, public_url: str, name: str) -> "RelyingParty":
        parts = urlsplit(public_url)
        assert parts.hostname is not None
        return cls(parts.hostname, f"{parts.scheme}://{parts.netloc}", name)

    @property
    def has_name(self) -> bool:
        """Tell whether browsers make passkeys for it: for a name they do, for a number such as 127.0.0.1 never."""
        try:
            ipaddress.ip_address(self.id)
        except ValueError:
            return True
        return False
