"""What was found genuine before, so that it need not be proven again with each click.

Only facts that can never change are remembered: that a token was signed with the key of a generation, and for which
thing; that a click key belongs to a reader, and its secret.  Whether a key is retired or revoked, who is paid, which
month is open: that is asked of the database each time (`store/presses.py`).
"""

from collections import OrderedDict
from typing import Final, Generic, NamedTuple, TypeVar

Name = TypeVar("Name")
Fact = TypeVar("Fact")

BUTTONS_MAX: Final = 16_384
BUTTON_LENGTH_MAX: Final = 1_500  # longer ones are rare; so all buttons together take at most 30 MiB
KEYS_MAX: Final = 65_536


class Button(NamedTuple):
    """The thing that a token stands for, and the generation of the site key that signed it."""

    thing: int
    generation: int


class ReaderOfKey(NamedTuple):
    """In whose name a click key clicks, and the secret that signs for it."""

    reader: int
    secret: bytes


class Bounded(Generic[Name, Fact]):
    """A mapping of limited size; what was not used for longest goes first.

    Two threads may use it: each step is one operation of a dictionary in C.
    """

    def __init__(self, size_max: int) -> None:
        self._size_max = size_max
        self._facts: OrderedDict[Name, Fact] = OrderedDict()

    def __len__(self) -> int:
        return len(self._facts)

    def get(self, name: Name) -> Fact | None:
        try:
            self._facts.move_to_end(name)
            return self._facts[name]
        except KeyError:
            return None

    def put(self, name: Name, fact: Fact) -> None:
        self._facts[name] = fact
        if len(self._facts) > self._size_max:
            self._facts.popitem(last=False)


class Genuine:
    """The buttons and click keys that were found genuine."""

    def __init__(self) -> None:
        self.buttons: Bounded[str, Button] = Bounded(BUTTONS_MAX)
        self.keys: Bounded[str, ReaderOfKey] = Bounded(KEYS_MAX)

    def remember_button(self, token: str, button: Button) -> None:
        if len(token) <= BUTTON_LENGTH_MAX:
            self.buttons.put(token, button)
