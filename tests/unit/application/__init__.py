"""Use cases and the decision core, one behavior at a time."""
