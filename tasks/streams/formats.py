"""Predictions made elsewhere: a CSV with the columns `id` and `prediction`, in order of arrival."""

from benchsuite.files.numbers import write_numbers as write_numbers
from benchsuite.learning.incremental import read_answers as read_answers
