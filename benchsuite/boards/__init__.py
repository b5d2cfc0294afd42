"""Boards: runs that can be compared, as estimates and as one tidy table."""
