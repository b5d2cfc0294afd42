"""The models of the task."""
