"""The decision core: one engine that turns events into commands, and what it is made of."""
