"""A mail server in memory."""

import re
from dataclasses import dataclass, field

from receiver.domain.errors import MailNotSent


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    text: str

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

    def send(self, *, to: str, subject: str, text: str) -> None:
        if self.is_down:
            raise MailNotSent("the mail could not be sent")
        self.mails.append(Mail(to, subject, text))

    @property
    def newest(self) -> Mail:
        return self.mails[-1]
