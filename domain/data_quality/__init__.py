"""Whether market data can be believed: checks over rows as they were delivered, a score, and repair that only drops."""
