"""Tests of volatility models found by arch."""
