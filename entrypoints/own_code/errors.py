"""What is wrong with own code, in one line."""


class OwnCodeError(ValueError):
    """Own code cannot be found, cannot be loaded, or is no strategy.

    The message is one line naming the file, and the line in it where one is to blame.
    """


class NoStrategyMadeError(OwnCodeError):
    """What a class makes is no strategy, whatever its parameters say."""
