"""The models of the task, one module for each family."""
