"""Tests of who may use how much of the account."""
