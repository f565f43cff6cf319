"""Prove a passkey: to sign in, or to make a session strong.

Sources: Web Authentication Level 3, 7.2 (authentication), https://www.w3.org/TR/webauthn-3/, read 2026-11-25;
py_webauthn, https://github.com/duo-labs/py_webauthn, read 2026-11-25.
"""

import json
import secrets
from datetime import datetime

from sqlalchemy import Connection
from webauthn import generate_authentication_options, options_to_json, verify_authentication_response
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

from receiver.actions.register_passkey import CHALLENGE_AGE, TOO_LATE, UNPROVEN, new_challenge
from receiver.actions.sign_in import SignedIn, begin_session, hash_of
from receiver.actions.strong_session import strengthened
from receiver.domain.device import Device
from receiver.domain.errors import WrongPasskey
from receiver.domain.person import User
from receiver.domain.relying_party import RelyingParty
from receiver.store import passkeys, sessions, users
from receiver.store.database import Database
from receiver.store.passkeys import Challenge, PasskeyRow

UNKNOWN = "this passkey is not known here; sign in by a code, or use another passkey"


def begin_proof(db: Database, *, session: str, return_to: str, now: datetime) -> str:
    """Keep a challenge; return the secret that binds it to this browser, for its cookie.

    Who is signed in has to prove a passkey of their own; nobody else has to say who they are.
    """
    browser = secrets.token_urlsafe(32)
    with db.writing() as connection:
        known = sessions.find(connection, hash_of(session), now)
        passkeys.delete_expired_challenges(connection, now)
        passkeys.add_challenge(
            connection,
            hash_of(browser),
            Challenge(
                purpose="prove",
                challenge=new_challenge(),
                user_id=known.user.id if known else None,
                user_handle=None,
                return_to=return_to,
                expires_at=now + CHALLENGE_AGE,
            ),
        )
    return browser


def proof_options(db: Database, party: RelyingParty, *, browser: str, now: datetime) -> str:
    """Return what the browser is asked, as JSON; "" if nothing was begun, or too long ago."""
    with db.reading() as connection:
        waiting = passkeys.find_challenge(connection, hash_of(browser), "prove", now)
        if waiting is None:
            return ""
        own = [] if waiting.user_id is None else passkeys.of_user(connection, waiting.user_id)
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=base64url_to_bytes(waiting.challenge),
        timeout=int(CHALLENGE_AGE.total_seconds()) * 1000,
        allow_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(row.credential_id)) for row in own],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def prove_passkey(
    db: Database,
    party: RelyingParty,
    *,
    browser: str,
    session: str,
    credential: str,
    now: datetime,
    device: Device,
) -> SignedIn:
    """Take the proof; return a strong session: this one under a new secret, or a new one.

    A challenge is good once, also for a wrong answer.  Raises WrongPasskey.
    """
    with db.writing() as connection:
        waiting = passkeys.take_challenge(connection, hash_of(browser), "prove", now)
        credential_id, user_handle = _names_in(credential)
        row = passkeys.find(connection, credential_id)
    if waiting is None:
        raise WrongPasskey(TOO_LATE)
    if row is None or waiting.user_id not in (None, row.user_id) or user_handle not in ("", row.user_handle):
        raise WrongPasskey(UNKNOWN)
    sign_count = _verified_count(party, credential, waiting.challenge, row)
    with db.writing() as connection:
        if not passkeys.set_used(connection, row, sign_count=sign_count, now=now):
            raise WrongPasskey(UNKNOWN)
        user = users.get(connection, row.user_id)
        secret = strong_session(connection, user, session=session, device=device, now=now)
    return SignedIn(user, secret, waiting.return_to)


def strong_session(connection: Connection, user: User, *, session: str, device: Device, now: datetime) -> str:
    """Make the session of a user strong, or begin a strong one; return its secret."""
    known = sessions.find(connection, hash_of(session), now)
    if known is not None and known.user.id == user.id:
        return strengthened(connection, known, now=now)
    return begin_session(connection, user, device=device, now=now, is_strong=True)


def _names_in(credential: str) -> tuple[str, str]:
    """Return the id of a passkey and the handle of whom its device takes its user for; "" for what is not said."""
    try:
        said = json.loads(credential)
        return str(said["id"]), str(said["response"].get("userHandle") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", ""


def _verified_count(party: RelyingParty, credential: str, challenge: str, row: PasskeyRow) -> int:
    """Return the new count of uses.  One that does not grow tells of a copied authenticator, and is refused."""
    try:
        return verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        ).new_sign_count
    except UNPROVEN as error:
        raise WrongPasskey("this does not prove your passkey; begin again") from error
