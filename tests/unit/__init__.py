"""One behavior at a time, without I/O; mirrors the source tree."""
