"""The clauses of the gate, grouped by what they protect."""
