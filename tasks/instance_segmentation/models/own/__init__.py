"""Models that a person hands over as an object: a module for each kind of object."""
