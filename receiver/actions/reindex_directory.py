"""Say the words of every site and thing anew, as after a change of what a word is."""

from collections.abc import Iterator
from typing import Final

from receiver.store import sites, things
from receiver.store.database import Database

THINGS_PER_CHUNK: Final = 200  # in one transaction, so that clicks go on meanwhile


def reindex_directory(db: Database) -> Iterator[int]:
    """Write all words again and with them the index, in chunks; yield how many things are done.

    The same twice as once; whatever the index held before, it holds what is right after.
    """
    with db.writing() as connection:
        sites.say_words(connection)
    done, after = 0, 0
    while True:
        with db.writing() as connection:
            last, count = things.say_words(connection, after=after, limit=THINGS_PER_CHUNK)
        if last is None:
            return
        done, after = done + count, last
        yield done
