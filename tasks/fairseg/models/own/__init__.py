"""Models that a person hands over as an object: who asks them, and how answers are read."""
