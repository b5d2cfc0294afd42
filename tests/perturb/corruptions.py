"""The names of the corruptions, in the order of their conditions."""

from benchsuite.perturb.image import conditions

NAMES = tuple(dict.fromkeys(condition.name for condition in conditions()))
