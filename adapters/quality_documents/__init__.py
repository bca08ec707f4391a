"""What validation found, as documents for programs."""
