"""The tree, the imports and the wiring."""
