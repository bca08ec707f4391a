"""Market data from Binance's public archive, and from its REST interface for what is newer."""
