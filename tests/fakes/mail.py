"""A mail server in memory."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from receiver.domain.errors import MailServerAway


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    message_id: str = ""

    @property
    def code(self) -> str:
        """The sign-in code as the mail writes it: `1234 5678`."""
        match = re.search(r"^ +(\d{4} \d{4})$", self.text, re.M)
        assert match, self.text
        return match[1]


@dataclass
class Outbox:
    """Keeps what it is given; or is down, as mail servers are."""

    mails: list[Mail] = field(default_factory=list)
    is_down: bool = False

    def send(
        self, *, to: str, subject: str, text: str, headers: Mapping[str, str] | None = None, message_id: str = ""
    ) -> None:
        if self.is_down:
            raise MailServerAway("the mail could not be sent", failure="it is down")
        self.mails.append(Mail(to, subject, text, headers or {}, message_id))

    @property
    def newest(self) -> Mail:
        return self.mails[-1]
