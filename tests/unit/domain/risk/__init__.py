"""What protects the capital."""
