"""A simulated futures venue without I/O: orders and market events in, reports out."""
