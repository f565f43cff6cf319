"""The real things that `app.py` builds and the pages use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from receiver.actions.commit_clicks import ClickCommitter
from receiver.actions.try_own_page import PageTries
from receiver.domain.errors import NotKnown
from receiver.domain.rules import Rules
from receiver.gateways.mail import Mailer
from receiver.gateways.messages import MessageSender
from receiver.gateways.pages import PageFetcher
from receiver.gateways.rails import Rail
from receiver.gateways.text_records import TextRecords
from receiver.settings import Settings
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    settings: Settings
    db: Database
    keys: MasterKeys
    clicks: ClickCommitter
    mailer: Mailer
    fetcher: PageFetcher
    sender: MessageSender
    records: TextRecords
    rails: Mapping[str, Rail]
    clock: Clock
    page_tries: PageTries = field(default_factory=PageTries)

    @property
    def rules(self) -> Rules:
        return self.settings.rules

    def rail(self, name: str) -> Rail:
        """Return a rail by its name.  Raises NotKnown."""
        if name not in self.rails:
            raise NotKnown(
                "there is no rail %(name)s; there are %(known)s", name=name, known=", ".join(sorted(self.rails))
            )
        return self.rails[name]

    @property
    def receiver(self) -> str:
        """Return our own public address, with a closing slash."""
        return self.settings.public_url
