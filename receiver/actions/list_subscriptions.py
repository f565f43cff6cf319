"""List a reader's subscriptions with what they are to."""

from dataclasses import dataclass

from receiver.domain.month import Month
from receiver.domain.person import User
from receiver.domain.thing import SITE_IDENTITY, Thing
from receiver.store import subscriptions, things
from receiver.store.database import Database
from receiver.store.subscriptions import SubscriptionRow


@dataclass(frozen=True, slots=True)
class Subscription:
    row: SubscriptionRow
    thing: Thing

    @property
    def is_site(self) -> bool:
        """Tell whether it is to a site as a whole."""
        return self.thing.identity == SITE_IDENTITY


def list_subscriptions(db: Database, *, reader: User, month: Month) -> list[Subscription]:
    """Return those that run or pause in a month."""
    with db.reading() as connection:
        rows = subscriptions.of_reader(connection, reader.id, month)
        thing_by_id = things.get_many(connection, {row.thing for row in rows})
    return [Subscription(row, thing_by_id[row.thing]) for row in rows]
