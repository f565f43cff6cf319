"""An authenticator in software: makes passkeys and signs with them as a phone does (WebAuthn Level 3, 6)."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, NEW_KEY = 0x01, 0x04, 0x40


@dataclass
class Passkey:
    id: bytes
    user_handle: bytes
    secret: ec.EllipticCurvePrivateKey
    uses: int = 0

    def cose(self) -> bytes:
        """Return the public key as COSE writes an ES256 one (RFC 9053, 7.1.1)."""
        point = self.secret.public_key().public_numbers()
        return encode_cbor({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})


@dataclass
class Authenticator:
    """Belongs to somebody who opens pages at `origin`; `asks` its person, or does not, and then says so."""

    origin: str
    asks: bool = True
    passkeys: list[Passkey] = field(default_factory=list)

    def make(self, options: str) -> str:
        """Answer `navigator.credentials.create`."""
        wanted = json.loads(options)
        passkey = Passkey(
            secrets.token_bytes(16), base64url_to_bytes(wanted["user"]["id"]), ec.generate_private_key(ec.SECP256R1())
        )
        self.passkeys.append(passkey)
        known = bytes(16) + len(passkey.id).to_bytes(2, "big") + passkey.id + passkey.cose()
        about = self._about(wanted["rp"]["id"], passkey, flags=NEW_KEY) + known
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": about})
        told = self._told("webauthn.create", wanted["challenge"])
        return _credential(passkey, {"clientDataJSON": told, "attestationObject": attestation})

    def prove(self, options: str) -> str:
        """Answer `navigator.credentials.get`, by the newest passkey."""
        wanted, passkey = json.loads(options), self.passkeys[-1]
        passkey.uses += 1
        about = self._about(wanted["rpId"], passkey)
        told = self._told("webauthn.get", wanted["challenge"])
        signature = passkey.secret.sign(about + hashlib.sha256(told).digest(), ec.ECDSA(SHA256()))
        return _credential(
            passkey,
            {
                "clientDataJSON": told,
                "authenticatorData": about,
                "signature": signature,
                "userHandle": passkey.user_handle,
            },
        )

    def _about(self, party: str, passkey: Passkey, *, flags: int = 0) -> bytes:
        flags |= PRESENT | (VERIFIED if self.asks else 0)
        return hashlib.sha256(party.encode()).digest() + bytes([flags]) + passkey.uses.to_bytes(4, "big")

    def _told(self, deed: str, challenge: str) -> bytes:
        return json.dumps({"type": deed, "challenge": challenge, "origin": self.origin}).encode()


def _credential(passkey: Passkey, response: dict[str, bytes]) -> str:
    name = bytes_to_base64url(passkey.id)
    credential: dict[str, Any] = {
        "id": name,
        "rawId": name,
        "type": "public-key",
        "response": {key: bytes_to_base64url(value) for key, value in response.items()},
    }
    return json.dumps(credential)
