"""Tests of work in other processes."""
