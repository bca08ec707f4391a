"""Conformance tests of the simulated venue: one rule each, worked out by hand."""
