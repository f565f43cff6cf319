"""Find a user by their address, for the operator."""

from receiver.domain.person import User, normal_email
from receiver.store import users
from receiver.store.database import Database


def find_user(db: Database, email: str) -> User:
    """Return the user.  Raises BadEmail, NotKnown."""
    with db.reading() as connection:
        return users.get_by_email(connection, normal_email(email))
