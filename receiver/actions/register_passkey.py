"""Register a passkey: the browser is asked to make one, and shows that it has.

Sources: Web Authentication Level 3, 7.1 (registration), https://www.w3.org/TR/webauthn-3/, read 2026-11-25;
py_webauthn, https://github.com/duo-labs/py_webauthn, read 2026-11-25.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final

from webauthn import generate_registration_options, options_to_json, verify_registration_response
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from flattr_button import cleaned_title
from receiver.actions.sign_in import hash_of, require_session
from receiver.actions.strong_session import require_proof_if_any, strengthened
from receiver.domain.errors import BadInput, WrongPasskey
from receiver.domain.person import User
from receiver.domain.relying_party import RelyingParty
from receiver.store import passkeys
from receiver.store.database import Database
from receiver.store.passkeys import Challenge, PasskeyRow

CHALLENGE_AGE: Final = timedelta(minutes=5)
PASSKEYS_MAX: Final = 20
NAME_POINTS_MAX: Final = 60
# What webauthn raises for what is not as it should be; the others for JSON and CBOR that are none of a credential.
UNPROVEN: Final = (WebAuthnException, ValueError, LookupError, TypeError, AttributeError, RecursionError)
TOO_LATE: Final = "this took longer than five minutes, or was begun in another browser; begin again"


def begin_passkey(db: Database, *, session: str, now: datetime) -> str:
    """Keep a challenge for a new passkey; return the secret that binds it to this browser, for its cookie.

    Raises SignInNeeded; ProofNeeded if the user has a proof already that this session lacks; BadInput.
    """
    browser = secrets.token_urlsafe(32)
    with db.writing() as connection:
        known = require_session(connection, session, now)
        require_proof_if_any(connection, known)
        own = passkeys.of_user(connection, known.user.id)
        if len(own) >= PASSKEYS_MAX:
            raise BadInput("at most %(most)s passkeys; remove one first", most=PASSKEYS_MAX)
        passkeys.delete_expired_challenges(connection, now)
        passkeys.add_challenge(
            connection,
            hash_of(browser),
            Challenge(
                purpose="register",
                challenge=new_challenge(),
                user_id=known.user.id,
                # One handle a user, so that an authenticator keeps one passkey of theirs and not many.
                user_handle=own[0].user_handle if own else secrets.token_urlsafe(32),
                return_to="",
                expires_at=now + CHALLENGE_AGE,
            ),
        )
    return browser


def new_passkey_options(db: Database, party: RelyingParty, *, browser: str, user: User, now: datetime) -> str:
    """Return what the browser is asked, as JSON; "" if nothing was begun, or too long ago."""
    with db.reading() as connection:
        waiting = passkeys.find_challenge(connection, hash_of(browser), "register", now)
        if waiting is None or waiting.user_id != user.id or waiting.user_handle is None:
            return ""
        own = passkeys.of_user(connection, user.id)
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=base64url_to_bytes(waiting.user_handle),
        user_name=user.email,
        user_display_name=user.name,
        challenge=base64url_to_bytes(waiting.challenge),
        timeout=int(CHALLENGE_AGE.total_seconds()) * 1000,
        exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(row.credential_id)) for row in own],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return options_to_json(options)


def register_passkey(
    db: Database, party: RelyingParty, *, session: str, browser: str, credential: str, name: str, now: datetime
) -> str:
    """Take a new passkey over; return the secret of the session, another one if it became strong by this.

    It does so only if the user could prove nothing before.  A challenge is good once, also for a wrong answer.
    Raises SignInNeeded, ProofNeeded, WrongPasskey.
    """
    with db.writing() as connection:
        known = require_session(connection, session, now)
        waiting = passkeys.take_challenge(connection, hash_of(browser), "register", now)
    if waiting is None or waiting.user_id != known.user.id:
        raise WrongPasskey(TOO_LATE)
    assert waiting.user_handle is not None
    made = _verified(party, credential, waiting.challenge)
    row = PasskeyRow(
        credential_id=bytes_to_base64url(made.credential_id),
        user_id=known.user.id,
        user_handle=waiting.user_handle,
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        name=passkey_name(name) or "Passkey",
        created_at=now,
        used_at=None,
    )
    with db.writing() as connection:
        known = require_session(connection, session, now)
        require_proof_if_any(connection, known)
        if passkeys.find(connection, row.credential_id) is not None:
            raise WrongPasskey("this passkey is registered already")
        passkeys.add(connection, row)
        return session if known.strong_at is not None else strengthened(connection, known, now=now)


def passkey_name(text: str) -> str:
    return cleaned_title(text, points_max=NAME_POINTS_MAX)


def new_challenge() -> str:
    return secrets.token_urlsafe(32)


def _verified(party: RelyingParty, credential: str, challenge: str) -> VerifiedRegistration:
    try:
        return verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except UNPROVEN as error:
        raise WrongPasskey("the browser did not make a passkey that can be used here; begin again") from error
