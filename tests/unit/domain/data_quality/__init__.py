"""Tests of the checks on market data, one file per subject."""
