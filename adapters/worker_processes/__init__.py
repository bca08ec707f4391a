"""Work done by processes of its own, so that nobody else waits for it."""
