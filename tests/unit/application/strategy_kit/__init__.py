"""The test kit for strategies, part by part."""
