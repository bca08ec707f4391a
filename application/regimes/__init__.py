"""Fitting regimes on a schedule, and handing each model to its detector when its time has come."""
