"""Gates: the only part that gives a verdict."""
