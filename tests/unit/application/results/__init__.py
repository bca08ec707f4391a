"""The books, the figures and the fingerprint of a run."""
