"""Predictions made elsewhere: a map of each image, `CLASS/NAME.png`."""

from benchsuite.files.kept import read_maps as read_maps
from benchsuite.files.kept import write_maps as write_maps
