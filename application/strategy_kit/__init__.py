"""The test kit for strategies: markets that have broken strategies before, and laws that every strategy keeps."""
