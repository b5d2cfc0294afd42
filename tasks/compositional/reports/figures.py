"""The curve of GroupScore by iteration, as a figure."""

from typing import Final

from benchsuite.publishing.curves import Curves

from ..metrics import AFTER

CURVES: Final = Curves("curve.svg", AFTER, "iteration", "GroupScore, %", scale=100.0)
