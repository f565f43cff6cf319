"""A thing may say of which page it is a translation."""

import sqlalchemy as sa
from alembic import op

from receiver.store.migrations.refusing import Text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("things", sa.Column("original", Text, nullable=True))
