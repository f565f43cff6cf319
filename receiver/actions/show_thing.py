"""Show passers-by a thing of the directory."""

from dataclasses import dataclass

from receiver.actions.open_printed_code import printed_code
from receiver.domain.errors import NotKnown
from receiver.domain.site import Site
from receiver.domain.thing import Thing
from receiver.store import directory, sites
from receiver.store.database import Database
from receiver.store.directory import ListedThing
from receiver.store.master_keys import MasterKeys


@dataclass(frozen=True, slots=True)
class ShownThing:
    """A thing; `code`, as it can be printed, leads to its confirm page, since we have not kept its button's token."""

    listed: ListedThing
    site: Site
    code: str
    translations: list[Thing]


def show_thing(db: Database, keys: MasterKeys, thing: int) -> ShownThing:
    """Return a thing that the directory lists.  Raises NotKnown."""
    with db.reading() as connection:
        listed = directory.find_thing(connection, thing)
        if listed is None:
            raise NotKnown("there is no such thing in the directory")
        return ShownThing(
            listed,
            sites.get(connection, listed.thing.paid_site),
            printed_code(connection, keys, listed.thing),
            directory.translations(connection, listed.thing),
        )
