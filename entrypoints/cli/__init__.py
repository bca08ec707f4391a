"""The `autotrading` command."""
