"""The datasets of the task."""
