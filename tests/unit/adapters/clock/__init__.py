"""Clocks: what only one of them promises."""
