"""The reproducibility hash: it changes with whatever came out, and with nothing else."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import pytest
from attrs import evolve

from application.results.accounting import AccountingIdentity
from application.results.fingerprint import fingerprint
from application.trading.records import FailureKind, RunLog
from domain.order import Side
from domain.regime import MarketRegime, VolatilityState
from tests.conftest import ROOT
from tests.support import START_NS, make_fill, make_terms
from tests.unit.application.results.run_logs import (
    make_decision,
    make_failure,
    make_full_log,
    make_identity,
    make_liquidation,
    make_payment,
    make_refusal,
    make_regime_change,
    make_sent_order,
    make_trade,
    make_unheard,
    make_weight_change,
)

Change: TypeAlias = Callable[[RunLog], None]


def hash_of(log: RunLog) -> str:
    return fingerprint(log, make_identity(), [make_trade(exited_at_ns=None)])


CHANGES: Final[Mapping[str, Change]] = {
    "one decision fewer": lambda log: log.decisions.clear(),
    "another strength": lambda log: log.decisions.__setitem__(0, make_decision(strength=0.5)),
    "another target": lambda log: log.decisions.__setitem__(0, make_decision(target_quantity="2")),
    "one signal that was not heard fewer": lambda log: log.unheard.clear(),
    "another signal that was not heard": lambda log: log.unheard.__setitem__(0, make_unheard(strength=0.5)),
    "not heard for another reason": lambda log: log.unheard.__setitem__(0, make_unheard(why="minimum_holding")),
    "one regime fewer": lambda log: log.regime_changes.clear(),
    "another regime": lambda log: log.regime_changes.__setitem__(0, make_regime_change(MarketRegime.BEAR)),
    "another volatility state": lambda log: log.regime_changes.__setitem__(
        0, make_regime_change(volatility_state=VolatilityState.HIGH)
    ),
    "a regime a nanosecond later": lambda log: log.regime_changes.__setitem__(
        0, make_regime_change(at_ns=START_NS + 1)
    ),
    "a regime elsewhere": lambda log: log.regime_changes.__setitem__(0, make_regime_change(symbol="ETHUSDT")),
    "another confidence in the last bit": lambda log: log.regime_changes.__setitem__(
        0, make_regime_change(confidence=0.7500000000000001)
    ),
    "another volatility": lambda log: log.regime_changes.__setitem__(0, make_regime_change(volatility=None)),
    "another reason of a regime": lambda log: log.regime_changes.__setitem__(
        0, evolve(make_regime_change(), reason="no model yet")
    ),
    "one weight fewer": lambda log: log.weight_changes.clear(),
    "another weight in the last bit": lambda log: log.weight_changes.__setitem__(
        0, make_weight_change(trend=0.25000000000000006)
    ),
    "one failure fewer": lambda log: log.failures.clear(),
    "another kind of failure": lambda log: log.failures.__setitem__(0, make_failure(FailureKind.INVALID)),
    "another message of a failure": lambda log: log.failures.__setitem__(0, make_failure(message="no price")),
    "one order fewer": lambda log: log.orders.clear(),
    "another order id": lambda log: log.orders.__setitem__(0, make_sent_order(client_order_id="bt-2")),
    "another order quantity": lambda log: log.orders.__setitem__(0, make_sent_order("2")),
    "another order side": lambda log: log.orders.__setitem__(
        0, evolve(make_sent_order(), terms=make_terms("1", Side.SELL))
    ),
    "an order of another strategy": lambda log: log.orders.__setitem__(0, evolve(make_sent_order(), strategy="trend")),
    "one refusal fewer": lambda log: log.refusals.clear(),
    "another refusal": lambda log: log.refusals.__setitem__(0, make_refusal(reasons=("order_notional",))),
    "one fill fewer": lambda log: log.fills.clear(),
    "another fill price": lambda log: log.fills.__setitem__(0, make_fill(price="30000.1", fee="15")),
    "another fill fee": lambda log: log.fills.__setitem__(0, make_fill(price="30000", fee="15.00000001")),
    "one liquidation fewer": lambda log: log.liquidations.clear(),
    "another liquidation price": lambda log: log.liquidations.__setitem__(0, make_liquidation(price="28999")),
    "one payment fewer": lambda log: log.funding.clear(),
    "another payment": lambda log: log.funding.__setitem__(0, make_payment("-3.00000001")),
    "an assumed payment": lambda log: log.funding.__setitem__(0, make_payment("-3", is_assumed=True)),
    "one trade fewer": lambda log: log.trades.clear(),
    "another trade": lambda log: log.trades.__setitem__(0, make_trade("-999", fees="29.5", funding="-3")),
    "one point of the curve more": lambda log: log.equity_at_ns.append(log.equity_at_ns[-1] + 1),
    "another instant": lambda log: log.equity_at_ns.__setitem__(1, log.equity_at_ns[1] + 1),
    "another equity in the last bit": lambda log: log.equity.__setitem__(1, 1010.5000000000001),
    "another exposure": lambda log: log.exposure.__setitem__(1, 0.25),
}


def test_the_same_run_has_the_same_hash() -> None:
    assert hash_of(make_full_log()) == hash_of(make_full_log())


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_hash_changes_with_every_part_of_the_log(change: Change) -> None:
    log = make_full_log()
    change(log)

    assert hash_of(log) != hash_of(make_full_log())


def test_the_line_at_which_a_strategy_failed_does_not_change_the_hash() -> None:
    log = make_full_log()
    log.failures[0] = evolve(log.failures[0], where="own.py:13")

    assert hash_of(log) == hash_of(make_full_log())


@pytest.mark.parametrize(
    "identity",
    [
        make_identity(start_equity="1001"),
        make_identity(end_equity="1001"),
        make_identity(trading_pnl="1"),
        make_identity(fees="1"),
        make_identity(funding="1"),
        make_identity(transfers="1"),
        make_identity(liquidation="1"),
    ],
    ids=["start_equity", "end_equity", "trading_pnl", "fees", "funding", "transfers", "liquidation"],
)
def test_the_hash_changes_with_every_part_of_the_books(identity: AccountingIdentity) -> None:
    log = make_full_log()

    assert fingerprint(log, identity, []) != fingerprint(log, make_identity(), [])


def test_the_hash_changes_with_the_trades_that_are_still_open() -> None:
    log, identity = make_full_log(), make_identity()

    hashes = {
        fingerprint(log, identity, []),
        fingerprint(log, identity, [make_trade(exited_at_ns=None)]),
        fingerprint(log, identity, [make_trade(fees="1", exited_at_ns=None)]),
    }

    assert len(hashes) == 3


def test_the_sequence_of_events_counts() -> None:
    first, second = make_fill("1", "t-1"), make_fill("1", "t-2")

    assert hash_of(RunLog(fills=[first, second])) != hash_of(RunLog(fills=[second, first]))


def test_equal_amounts_of_another_kind_are_another_run() -> None:
    paid = RunLog(funding=[make_payment("-1")])
    lost = RunLog(trades=[make_trade("-1")])

    assert hash_of(paid) != hash_of(lost)


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_another_process_with_another_hash_seed_gives_the_same_hash(seed: str) -> None:
    script = (
        "from tests.unit.application.results.test_fingerprint import hash_of\n"
        "from tests.unit.application.results.run_logs import make_full_log\n"
        "print(hash_of(make_full_log()))\n"
    )

    printed = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert printed.strip() == hash_of(make_full_log())


def test_the_hash_is_a_sha_256_in_hexadecimal() -> None:
    assert len(hash_of(RunLog())) == 64
    assert set(hash_of(RunLog())) <= set("0123456789abcdef")
