"""A real mail server on this machine; it keeps what it takes."""

import email
import re
import socket
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class MailServer:
    """Speaks SMTP on a free port for the length of a `with`."""

    port: int = field(default_factory=free_port)
    bodies: list[tuple[list[str], str]] = field(default_factory=list)
    messages: list[EmailMessage] = field(default_factory=list)
    originals: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def code_for(self, address: str) -> str:
        """Return the newest sign-in code mailed to an address."""
        text = next(text for to, text in reversed(self.bodies) if address in to)
        match = re.search(r"^ +(\d{4} \d{4})\s*$", text, re.M)
        assert match, text
        return match[1]

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd asks for it by this name
        message = email.message_from_bytes(envelope.content, policy=default)
        self.messages.append(message)
        self.originals.append(envelope.content)
        self.bodies.append((list(envelope.rcpt_tos), message.get_content()))
        return "250 taken"

    def __enter__(self) -> Self:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._controller.stop()
