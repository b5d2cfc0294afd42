"""The models that come with the task."""
