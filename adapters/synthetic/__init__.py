"""A seeded model of a perpetual futures market: bars, marks, index and funding that nobody ever traded."""
