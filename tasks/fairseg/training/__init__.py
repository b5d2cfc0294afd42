"""The training of the task."""
