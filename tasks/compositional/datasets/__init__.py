"""The task's datasets, a module a source."""
