"""The JSON document of a run: its published schema, its writing and its strict reading."""
