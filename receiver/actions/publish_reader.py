"""Show a page of a reader, if they choose to; and take it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from receiver.actions.show_directory import Page
from receiver.domain.errors import HandleTaken, NotKnown
from receiver.domain.handle import normal_handle
from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.thing import Thing
from receiver.store import public_readers, things
from receiver.store.database import Database
from receiver.store.public_readers import PublicReader

PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class ShownClick:
    month: Month
    thing: Thing


def publish_reader(
    db: Database, *, reader: User, handle: str, shows_clicks: bool, is_findable: bool, now: datetime
) -> PublicReader:
    """Show a page of the reader under a handle, or change what it shows.  Raises BadHandle, HandleTaken."""
    chosen = PublicReader(reader.id, normal_handle(handle), shows_clicks, is_findable, now)
    with db.writing() as connection:
        holder = public_readers.find(connection, chosen.handle)
        if holder is not None and holder.reader != reader.id:
            raise HandleTaken
        public_readers.put(connection, chosen)
    return chosen


def unpublish_reader(db: Database, *, reader: User) -> None:
    """Take the page back and give its handle up; twice is no error."""
    with db.writing() as connection:
        public_readers.remove(connection, reader.id)


def look_at_own_page(db: Database, *, reader: User) -> PublicReader | None:
    """Return what a reader chose to show, None if they chose nothing."""
    with db.reading() as connection:
        return public_readers.of_reader(connection, reader.id)


def show_reader(db: Database, handle: str, *, page: int = 1) -> tuple[PublicReader, Page[ShownClick]]:
    """Return what a reader chose to show: nothing of an open month, no amount.  Raises NotKnown."""
    with db.reading() as connection:
        shown = public_readers.find(connection, handle)
        if shown is None:
            raise NotKnown("nobody shows a page under this name")
        rows: list[tuple[Month, int]] = []
        if shown.shows_clicks:
            offset = (page - 1) * PAGE_SIZE
            rows = public_readers.clicked(connection, shown.reader, limit=PAGE_SIZE + 1, offset=offset)
        thing_by_id = things.get_many(connection, {thing for _, thing in rows})
    shown_clicks = [ShownClick(month, thing_by_id[thing]) for month, thing in rows[:PAGE_SIZE]]
    return shown, Page(shown_clicks, page, len(rows) > PAGE_SIZE)
