"""What is true about trading: prices, orders, positions, margin, risk. No I/O, no clock, no randomness."""
