"""Processes a user starts, and the one place that wires them."""
