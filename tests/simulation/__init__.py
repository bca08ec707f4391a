"""The whole system under a seed and a clock of its own, with faults injected."""
