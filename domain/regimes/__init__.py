"""What state a market is in: a hidden Markov model filtered forward, and how volatile it is."""
