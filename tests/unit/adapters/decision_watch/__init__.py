"""Interrupting strategies that take too long."""
