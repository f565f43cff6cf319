"""How a migration makes the database refuse what must never happen, in the words of SQLite and of PostgreSQL.

Conditions are written once: `new` and `old` are the rows on both.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

Whole: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Text: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INTEGRITY: Final = "23514"  # check_violation, so that drivers tell it as they tell a constraint


def is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def refuse(name: str, action: str, reason: str, *, when: str | None = None) -> None:
    """Refuse an action, such as `update of owner_id on sites`, with a reason; always, or when a condition holds."""
    if is_postgresql():
        _refuse_on_postgresql(name, action, reason, when)
    else:
        condition = f" when {when}" if when else ""
        op.execute(f"create trigger {name} before {action}{condition} begin select raise(abort, '{reason}'); end")


def _refuse_on_postgresql(name: str, action: str, reason: str, when: str | None) -> None:
    """Look at inserted rows all at once, which costs a statement of a thousand rows as much as one of a single row."""
    refusal = f"raise exception '{reason}' using errcode = '{INTEGRITY}';"
    condition = (when or "true").replace(" is not (", " is distinct from (")
    if action.startswith("insert"):
        define(
            name,
            f"after {action} referencing new table as inserted for each statement",
            f"#variable_conflict use_column\nbegin"
            f" if exists (select 1 from inserted as new where {condition}) then {refusal} end if; return null; end",
        )
    else:
        row = "old" if action.startswith("delete") else "new"
        define(
            name,
            f"before {action} for each row",
            f"begin if {condition} then {refusal} end if; return {row}; end",
        )


def define(name: str, occasion: str, body: str, *, as_owner: bool = False) -> None:
    """Create a trigger of PostgreSQL with its function; `as_owner` lets it do what the application may not."""
    rights = "security definer set search_path = public, pg_temp" if as_owner else "set search_path = public, pg_temp"
    op.execute(f"create or replace function {name}() returns trigger language plpgsql {rights} as $$ {body} $$")
    op.execute(f"create trigger {name} {occasion} execute function {name}()")
