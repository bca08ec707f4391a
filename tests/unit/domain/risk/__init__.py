"""Tests of what protects the capital, one file per subject."""
