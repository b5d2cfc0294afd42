"""Solvers: two that come with the task, and one of your own."""
