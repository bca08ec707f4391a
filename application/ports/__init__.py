"""What the use cases need from outside, named for the need."""
