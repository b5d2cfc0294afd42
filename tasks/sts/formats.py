"""Scores made elsewhere: a CSV with the columns `id` and `prediction`."""

from benchsuite.files.numbers import read_numbers, write_numbers

__all__ = ["read_numbers", "write_numbers"]
