"""The JSON document of a run."""
