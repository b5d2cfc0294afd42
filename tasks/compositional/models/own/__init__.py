"""Models that people hand over as an object, in the conventions of the field."""
