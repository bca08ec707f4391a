"""Measures for how long, and how much of, one leg of a pair stood without the other."""

from attrs import evolve

from application.trading.hedged_pair import HedgedPair
from application.trading.records import RunLog, UnhedgedSpell


def measure(pair: HedgedPair, log: RunLog, now_ns: int) -> None:
    """Look at a pair once at each decision, before anything is decided, and keep its stretches of unequal legs.

    Args:
        pair: Whose legs are compared.
        log: Holds the stretches; the present one is brought up to date in its place.
        now_ns: The instant of the decision.
    """
    if not pair.is_unequal:
        if pair.spell is not None:
            _put(pair, log, evolve(pair.spell, ended_at_ns=now_ns))
        pair.spell, pair.n_unhedged = None, 0
        return
    pair.n_unhedged += 1
    quantity, value = pair.unhedged, pair.unhedged_value
    if pair.spell is None:
        pair.spell = UnhedgedSpell(
            strategy=pair.name,
            symbol=pair.contract.book.instrument.symbol,
            began_at_ns=now_ns,
            ended_at_ns=None,
            bars=1,
            quantity=quantity,
            value=value,
        )
        log.unhedged.append(pair.spell)
        return
    if abs(quantity) <= abs(pair.spell.quantity):
        quantity, value = pair.spell.quantity, pair.spell.value
    grown = evolve(pair.spell, bars=pair.n_unhedged, quantity=quantity, value=value)
    _put(pair, log, grown)
    pair.spell = grown


def _put(pair: HedgedPair, log: RunLog, spell: UnhedgedSpell) -> None:
    place = next(place for place in range(len(log.unhedged) - 1, -1, -1) if log.unhedged[place] is pair.spell)
    log.unhedged[place] = spell
