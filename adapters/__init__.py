"""Technologies and venues behind the ports, one folder each."""
