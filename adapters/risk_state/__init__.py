"""Risk state of an account as one JSON file."""
