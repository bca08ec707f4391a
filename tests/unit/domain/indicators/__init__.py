"""Tests of the indicators, one module by subject."""
