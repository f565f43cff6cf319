"""Change what a user is called."""

from flattr_button import cleaned_title
from receiver.domain.errors import BadInput
from receiver.domain.person import User
from receiver.store import users
from receiver.store.database import Database

NAME_POINTS_MAX = 60


def rename_user(db: Database, *, user: User, name: str) -> None:
    """Raises BadInput."""
    cleaned = cleaned_title(name, points_max=NAME_POINTS_MAX)
    if not cleaned:
        raise BadInput("write a name, or leave it as it is")
    with db.writing() as connection:
        users.set_name(connection, user.id, cleaned)
