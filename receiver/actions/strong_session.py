"""Strong sessions: a passkey or a recovery code was used in them.  Money and rights ask for one.

docs/decisions/0018-passkeys-and-sessions.md tells why.
"""

import secrets
from datetime import datetime

from sqlalchemy import Connection

from receiver.actions.sign_in import hash_of
from receiver.domain.errors import ProofNeeded
from receiver.store import passkeys, recovery_codes, sessions
from receiver.store.sessions import SessionRow


def strengthened(connection: Connection, session: SessionRow, *, now: datetime) -> str:
    """Put a strong session in the place of this one and return its secret: who knew the old one is out."""
    secret = secrets.token_urlsafe(32)
    sessions.remove(connection, session.token_hash)
    sessions.add(
        connection,
        token_hash=hash_of(secret),
        user_id=session.user.id,
        device=session.device,
        begun_at=session.begun_at,
        now=now,
        expires_at=session.expires_at,
        strong_at=now,
    )
    return secret


def has_proof(connection: Connection, user: int) -> bool:
    """Tell whether a user could prove that it is them: by a passkey, or by a recovery code not used yet."""
    codes = recovery_codes.of_user(connection, user)
    return bool(passkeys.of_user(connection, user)) or any(code.used_at is None for code in codes)


def require_proof_if_any(connection: Connection, session: SessionRow) -> None:
    """Refuse a weak session of a user who could make it strong; who has no proof yet may make the first one.

    Raises ProofNeeded.
    """
    if session.strong_at is None and has_proof(connection, session.user.id):
        raise ProofNeeded
