"""Payment rails: how money comes in and goes out.  One protocol; each rail a class, chosen by name."""

from dataclasses import dataclass
from typing import Protocol

from receiver.domain.errors import BadInput
from receiver.domain.money import NOTHING, Micros


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that a rail has moved, by the rail's own reference: one movement is one entry."""

    reference: str
    amount: Micros


class Rail(Protocol):
    """What the receiver asks of a rail."""

    @property
    def name(self) -> str:
        """Return the rail's name in settings and books."""

    def cost_of(self, amount: Micros) -> Micros:
        """Return what the rail takes for collecting an amount, so that it can be shown before."""

    def collect(self, amount: Micros, *, reference: str) -> Movement:
        """Return the money that came in under a reference."""

    def send(self, amount: Micros, *, reference: str) -> Movement:
        """Send money out under a reference: the same reference never sends twice."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """Cash or a bank transfer that the operator saw or made with their own hands, and types in.

    The reference is theirs: the line of the bank statement, the number of the receipt.
    """

    name: str = "hand"

    def cost_of(self, amount: Micros) -> Micros:  # noqa: ARG002 - cash costs nothing, however much
        return NOTHING

    def collect(self, amount: Micros, *, reference: str) -> Movement:
        return Movement(required_reference(reference), amount)

    def send(self, amount: Micros, *, reference: str) -> Movement:
        return Movement(required_reference(reference), amount)


def play_money() -> Rail:
    """Return the rail of the demo: money that nobody has."""
    return ByHand(name="play")


def required_reference(reference: str) -> str:
    """Return a reference as the books keep it.  Raises BadInput."""
    reference = reference.strip()
    if not (1 <= len(reference) <= 100 and reference.isprintable()):
        raise BadInput("a reference has 1 to 100 printable characters, such as the line of the bank statement")
    return reference
