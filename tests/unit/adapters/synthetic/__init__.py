"""Tests of the synthetic market, part by part."""
