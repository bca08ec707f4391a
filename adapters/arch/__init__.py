"""Volatility models found by arch."""
