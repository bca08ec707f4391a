"""Servers that tests talk to on the loopback interface, each in a thread of its own."""
