"""Strategies: each turns closed bars into signals with a reason."""
