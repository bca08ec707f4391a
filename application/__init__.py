"""The decision core, the use cases around it, and the ports they need."""
