"""Weigh a click before it is made: what one more would be worth at this moment."""

from receiver.actions.state_month import ReaderStatement
from receiver.domain.money import Micros
from receiver.domain.pot import Funds, split_pot
from receiver.domain.rules import Rules


def weigh_click(statement: ReaderStatement, rules: Rules) -> Micros:
    """Return the share of each thing if one more that counts were clicked; gifts are booked before pots."""
    promised = sum(gift.given + gift.fee for gift in statement.gifts)
    earned = max(0, statement.funds.earned - promised)  # a gift draws what was earned first, as a pot does
    left = Funds(earned=Micros(earned), fresh=Micros(statement.funds.total - promised - earned))
    pot = split_pot(statement.pledge, left, statement.counting + 1, fee_basis_points=rules.fee_basis_points)
    return pot.share
