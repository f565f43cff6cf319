"""Recovery codes: ten on paper, each of which proves once that it is you, also without JavaScript and mailbox."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from receiver.actions.prove_passkey import strong_session
from receiver.actions.sign_in import SignedIn, hash_of, require_session
from receiver.actions.strong_session import require_proof_if_any
from receiver.domain.device import Device
from receiver.domain.errors import WrongCode
from receiver.domain.person import User
from receiver.store import recovery_codes, sessions, users
from receiver.store.database import Database

CODES: Final = 10
GROUPS: Final = 4
GROUP: Final = 5
# Crockford's alphabet, without what is misread: 5 bits a sign, so a code has 100 and cannot be guessed.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD: Final = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """How many codes a user has, and when each of the used ones was used."""

    made_at: datetime | None
    unused: int
    used_at: list[datetime]


def make_recovery_codes(db: Database, *, session: str, now: datetime) -> list[str]:
    """Make ten codes, in the place of those before; they can be shown this once.

    Raises SignInNeeded; ProofNeeded if the user has a proof already that this session lacks.
    """
    codes = [_new_code() for _ in range(CODES)]
    with db.writing() as connection:
        known = require_session(connection, session, now)
        require_proof_if_any(connection, known)
        recovery_codes.replace(connection, known.user.id, [hash_of(_normal(code)) for code in codes], now)
    return codes


def list_recovery_codes(db: Database, *, user: User) -> RecoveryCodes:
    with db.reading() as connection:
        rows = recovery_codes.of_user(connection, user.id)
    used = sorted(row.used_at for row in rows if row.used_at is not None)
    return RecoveryCodes(rows[0].made_at if rows else None, len(rows) - len(used), used)


def use_recovery_code(db: Database, *, code: str, session: str, device: Device, now: datetime) -> SignedIn:
    """Use a code up; return a strong session: this one under a new secret, or a new one of whose code it is.

    Raises WrongCode if it is none, was used before, or is somebody else's than who is signed in.
    """
    code_hash = hash_of(_normal(code))
    with db.writing() as connection:
        found = recovery_codes.find(connection, code_hash)
        if found is None or found.used_at is not None:
            raise WrongCode("this is no recovery code, or was used before; take another one of your list")
        known = sessions.find(connection, hash_of(session), now)
        if known is not None and known.user.id != found.user_id:
            raise WrongCode("this recovery code is not yours; sign out first to sign in with it")
        recovery_codes.mark_used(connection, code_hash, now)
        user = users.get(connection, found.user_id)
        return SignedIn(user, strong_session(connection, user, session=session, device=device, now=now), "")


def _new_code() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))
    return "-".join(groups)


def _normal(code: str) -> str:
    signs = (sign for sign in code.upper() if sign.isascii() and sign.isalnum())
    return "".join(signs).translate(_MISREAD)
