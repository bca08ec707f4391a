"""Hidden states found by hmmlearn."""
