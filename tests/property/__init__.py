"""Laws that hold for all inputs, and stateful machines."""
