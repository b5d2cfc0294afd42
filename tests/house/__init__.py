"""Checks of the house rules (benchsuite/DESIGN.md, House rules), from the source text alone."""
