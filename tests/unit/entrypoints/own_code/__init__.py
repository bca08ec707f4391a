"""Own strategies: found, loaded, refused."""
