"""Tests of reading vendors' files."""
