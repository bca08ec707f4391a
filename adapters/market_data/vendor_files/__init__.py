"""Files of market data as exchanges, vendors and other tools write them: recognized, then read in chunks."""
