"""Boards in the formats of papers, model cards and other people's databases."""
