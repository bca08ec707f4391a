"""Several runs beside each other: figures, curves, what they assumed, how they were configured, what they traded."""
