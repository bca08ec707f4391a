"""What is done at a level of the drawdown ladder, in words."""

from decimal import Decimal

from domain.numbers import ONE, shortest
from domain.risk.drawdown_levels import LevelAction


def action_in_words(action: LevelAction) -> str:
    """Return what a level does to new sizes and to what is held: ``opens nothing, keeps 50% of every position``."""
    if action.halts:
        return "closes everything and halts until a person clears it"
    opens = "" if action.size_factor == ONE else f"new sizes at {_percent(action.size_factor)}"
    keeps = "" if action.reduce_to == ONE else f"keeps {_percent(action.reduce_to)} of every position"
    parts = (opens if action.may_open else "opens nothing", keeps)
    return ", ".join(part for part in parts if part) or "nothing but a record of it"


def change_in_words(action: LevelAction, *, is_deeper: bool) -> str:
    """Return what was done when a level was entered; coming up to it reduces nothing."""
    if is_deeper or action.halts:
        return action_in_words(action)
    return action_in_words(LevelAction(size_factor=action.size_factor))


def _percent(fraction: Decimal) -> str:
    return f"{shortest(fraction * 100):f}%"
