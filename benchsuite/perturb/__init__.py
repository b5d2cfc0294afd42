"""Alterations of inputs: pure functions of a value, a severity and a generator."""
