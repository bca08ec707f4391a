"""Configuration, wiring, and what the terminal shows."""
