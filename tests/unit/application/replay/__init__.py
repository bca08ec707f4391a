"""Tests of the replay driver, its timeline and its certificate."""
