"""One account's books worked out by hand."""

from decimal import Decimal

from domain.funding import funding_payment
from domain.ledger import AccountLedger
from domain.position import Position


def test_a_trade_with_fees_and_funding_from_deposit_to_wallet() -> None:
    # Deposit 10,000. Buy 1 at 30,000, taker 0.05 %: fee 15. Funding +0.01 % at mark 30,500: pays 3.05.
    # Sell 0.4 at 31,000: realizes 400, fee 6.2. Sell 0.6 at 29,500, maker 0.02 %: realizes −300, fee 3.54.
    # Wallet: 10,000 + 100 − 24.74 − 3.05 = 10,072.21.
    ledger, position = AccountLedger(), Position("BTCUSDT")
    ledger.transfer(Decimal(10_000))

    ledger.book_fill(position.fill(Decimal(1), Decimal(30_000)), Decimal(15))
    ledger.book_funding(funding_payment(position.signed_quantity, Decimal(30_500), Decimal("0.0001")))
    ledger.book_fill(position.fill(Decimal("-0.4"), Decimal(31_000)), Decimal("6.2"))
    ledger.book_fill(position.fill(Decimal("-0.6"), Decimal(29_500)), Decimal("3.54"))

    assert ledger.realized_pnl == 100
    assert ledger.fees == Decimal("24.74")
    assert ledger.funding == Decimal("-3.05")
    assert ledger.wallet_balance == Decimal("10072.21")
    ledger.check()


def test_a_rebate_makes_the_fees_smaller() -> None:
    # 10 paid, 2.5 received back as a maker: 7.5.
    ledger = AccountLedger()

    ledger.book_fill(Decimal(0), Decimal(10))
    ledger.book_fill(Decimal(0), Decimal("-2.5"))

    assert ledger.fees == Decimal("7.5")
    assert ledger.wallet_balance == Decimal("-7.5")


def test_a_liquidation_below_bankruptcy_ends_at_zero_with_the_insurance_fund() -> None:
    # 1,000 in, 1,100 lost at the liquidation price, 12.5 liquidation fee: 112.5 are missing and taken over.
    ledger = AccountLedger()
    ledger.transfer(Decimal(1_000))

    ledger.book_fill(Decimal(-1_100), Decimal(0))
    ledger.book_liquidation_fee(Decimal("12.5"))
    ledger.book_insurance(Decimal("112.5"))

    assert ledger.wallet_balance == 0
    assert (ledger.liquidation_fees, ledger.insurance) == (Decimal("12.5"), Decimal("112.5"))
    ledger.check()


def test_a_withdrawal_is_a_negative_transfer() -> None:
    ledger = AccountLedger()
    ledger.transfer(Decimal(100))

    ledger.transfer(Decimal(-30))

    assert ledger.transfers == ledger.wallet_balance == 70
