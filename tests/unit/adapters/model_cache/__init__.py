"""Tests of fits kept in files."""
