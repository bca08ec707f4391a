"""The ledger identity: whatever is booked in whatever sequence, the parts add up to the wallet exactly."""

from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.errors import DomainError
from domain.ledger import AccountLedger
from domain.numbers import CASH_STEP

PARTS = ("_wallet_balance", "_transfers", "_realized_pnl", "_fees", "_funding", "_liquidation_fees", "_insurance")

cash = st.integers(-(10**15), 10**15).map(lambda steps: steps * Decimal("0.00000001"))
owed = st.integers(0, 10**15).map(lambda steps: steps * Decimal("0.00000001"))


class Bookkeeping(RuleBasedStateMachine):
    """Beside the ledger a plain list of what went in and out of the wallet."""

    @initialize(deposit=owed)
    def open_account(self, deposit: Decimal) -> None:
        self.ledger = AccountLedger()
        self.flows = {part: [Decimal(0)] for part in PARTS}
        self.transfer(deposit)

    def flow(self, part: str, amount: Decimal, into_wallet: Decimal) -> None:
        self.flows[part].append(amount)
        self.flows["_wallet_balance"].append(into_wallet)

    @rule(amount=cash)
    def transfer(self, amount: Decimal) -> None:
        self.ledger.transfer(amount)
        self.flow("_transfers", amount, amount)

    @rule(realized=cash, fee=cash)
    def trade(self, realized: Decimal, fee: Decimal) -> None:
        self.ledger.book_fill(realized, fee)
        self.flow("_realized_pnl", realized, realized)
        self.flow("_fees", fee, -fee)

    @rule(payment=cash)
    def settle_funding(self, payment: Decimal) -> None:
        self.ledger.book_funding(payment)
        self.flow("_funding", payment, payment)

    @rule(fee=owed, shortfall=owed)
    def liquidate(self, fee: Decimal, shortfall: Decimal) -> None:
        self.ledger.book_liquidation_fee(fee)
        self.ledger.book_insurance(shortfall)
        self.flow("_liquidation_fees", fee, -fee)
        self.flow("_insurance", shortfall, shortfall)

    @rule(amount=owed.filter(bool))
    def make_the_insurance_fund_take(self, amount: Decimal) -> None:
        with pytest.raises(DomainError, match="insurance"):
            self.ledger.book_insurance(-amount)

    @invariant()
    def the_parts_add_up(self) -> None:
        self.ledger.check()

    @invariant()
    def each_part_is_the_sum_of_its_entries(self) -> None:
        for part, flows in self.flows.items():
            assert getattr(self.ledger, part.removeprefix("_")) == sum(flows, Decimal(0))

    @rule(part=st.sampled_from(PARTS), error=st.sampled_from([CASH_STEP, -CASH_STEP]) | cash.filter(bool))
    def falsify(self, part: str, error: Decimal) -> None:
        """A single cash step that nobody booked is noticed, wherever it is."""
        true = getattr(self.ledger, part)
        setattr(self.ledger, part, true + error)
        with pytest.raises(DomainError, match="ledger"):
            self.ledger.check()
        setattr(self.ledger, part, true)


TestBookkeeping = Bookkeeping.TestCase
