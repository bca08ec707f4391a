"""Speed and memory, measured; run by hand, never part of the tests."""
