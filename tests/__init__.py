"""Everything that is held to be true about autotrading, by kind of test."""
