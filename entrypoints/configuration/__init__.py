"""Configuration of a run: what may be written, how it is read, what it means."""
