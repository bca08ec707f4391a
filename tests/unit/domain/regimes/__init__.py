"""Tests of regimes: the filter, what it sees, and what is made of it, one file per subject."""
