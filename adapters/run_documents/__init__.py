"""Runs as files: the published JSON document with its schema, and the store that keeps whole runs."""
