"""How the task's own models are trained."""
