"""The models that the task can run."""
