"""Models that a person has in a variable, in the conventions of the field."""
