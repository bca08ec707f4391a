"""Strategies that users write: where they are found, how they are loaded, and what they have to be."""
