"""Clocks: of the system, and moved by hand."""
