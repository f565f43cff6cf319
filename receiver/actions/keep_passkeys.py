"""List, rename and remove one's passkeys; offer the first one, or stop offering it."""

from datetime import datetime

from receiver.actions.register_passkey import passkey_name
from receiver.actions.sign_in import require_session
from receiver.actions.strong_session import has_proof, require_proof_if_any
from receiver.domain.errors import BadInput, LastProof, NotKnown
from receiver.domain.person import User
from receiver.store import passkeys, recovery_codes, sessions, users
from receiver.store.database import Database
from receiver.store.passkeys import PasskeyRow


def list_passkeys(db: Database, *, user: User) -> list[PasskeyRow]:
    with db.reading() as connection:
        return passkeys.of_user(connection, user.id)


def rename_passkey(db: Database, *, user: User, credential_id: str, name: str) -> None:
    """Raises NotKnown, BadInput."""
    cleaned = passkey_name(name)
    if not cleaned:
        raise BadInput("give the passkey a name, such as the device it is on")
    with db.writing() as connection:
        row = passkeys.find(connection, credential_id)
        if row is None or row.user_id != user.id:
            raise NotKnown("there is no such passkey of yours")
        passkeys.rename(connection, credential_id, cleaned)


def remove_passkey(db: Database, *, session: str, credential_id: str, now: datetime) -> None:
    """Remove a passkey: whoever has the device can no longer sign in with it.

    Raises NotKnown, ProofNeeded; LastProof if nothing would be left to prove with.
    """
    with db.writing() as connection:
        known = require_session(connection, session, now)
        require_proof_if_any(connection, known)
        row = passkeys.find(connection, credential_id)
        if row is None or row.user_id != known.user.id:
            raise NotKnown("there is no such passkey of yours")
        passkeys.remove(connection, credential_id)
        if not has_proof(connection, known.user.id):
            raise LastProof("this is your last passkey; make recovery codes or register another one first")


def is_passkey_offered(db: Database, *, user: User) -> bool:
    """Tell whether to offer a passkey: until there is one, or the offer was declined."""
    with db.reading() as connection:
        return not passkeys.of_user(connection, user.id) and not users.wants_no_passkey(connection, user.id)


def decline_passkey(db: Database, *, user: User, now: datetime) -> None:
    with db.writing() as connection:
        users.close_passkey_note(connection, user.id, now)


def can_prove(db: Database, *, user: User) -> bool:
    """Tell whether a user has a passkey, or a recovery code not used yet."""
    with db.reading() as connection:
        return has_proof(connection, user.id)


def forget_proofs(db: Database, *, user: User) -> None:
    """Take all passkeys and recovery codes of somebody who lost them, and end their sessions: the operator's deed.

    Their next session, begun by a code, may make the first ones again.
    """
    with db.writing() as connection:
        passkeys.remove_of(connection, user.id)
        recovery_codes.remove_of(connection, user.id)
        sessions.remove_of(connection, user.id)
