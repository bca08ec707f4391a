"""What protects the capital: limits, estimates of risk, and the gate that every order passes."""
