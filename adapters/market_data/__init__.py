"""Market data from files: bars, mark prices and funding rates, read strictly."""
