"""The datasets of the task, one module for each source."""
