"""The test kit for strategies with everything that it needs: a venue, a time limit, another process."""
