"""Tests of hidden states found by hmmlearn."""
