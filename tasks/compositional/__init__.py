"""Compositional image-text matching, and Test-Time Matching."""
