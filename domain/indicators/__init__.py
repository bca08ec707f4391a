"""Indicators in two forms with the same values: incremental (one bar at a time) and batch (whole columns)."""
