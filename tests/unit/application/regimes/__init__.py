"""Tests of fits on a schedule, one file per subject."""
