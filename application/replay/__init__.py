"""Runs the decision core over history: the same core as live, driven by recorded events."""
