"""Tests of reading market data files."""
