"""Questions: a generated set, and those of a file."""
