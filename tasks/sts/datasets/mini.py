"""`sts-mini`: 300 generated pairs of sentences about who does what to what, and where."""

from pathlib import Path

from benchsuite.dataset import Dataset

from .files import sts


def sts_mini(name: str = "sts-mini") -> Dataset:
    """Pairs of three sources: the more that is the same in both sentences, the higher the score."""
    return sts(str(Path(__file__).with_name("mini.txt")), name)
