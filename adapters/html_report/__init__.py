"""A run, or several beside each other, as one HTML file that opens from disk without a network."""
