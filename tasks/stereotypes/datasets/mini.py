"""`pairs-mini`: generated sentences on invented peoples, and the bigrams of their language."""

from itertools import product

from benchsuite.dataset import Dataset, in_memory
from benchsuite.learning.bigrams import Bigrams

from .pairs import pair

KINDS = ("age", "boat", "colour", "day", "food", "game", "hill", "ink", "job")
TRAITS = ("late", "loud", "slow", "rude", "lazy", "wrong", "poor", "lost", "tired", "odd")
EVERY = [*product(enumerate(KINDS), enumerate(TRAITS), ("market", "school", "office"))]


def pairs_mini(name: str = "pairs-mini") -> Dataset:
    """270 pairs: 9 kinds of bias x 10 traits, a cluster each, x 3 places."""
    samples = [
        pair(f"{kind}-{trait}-{place}", _texts(kind, trait, place), {"bias": kind}, kind + trait)
        for (_, kind), (_, trait), place in EVERY
    ]
    return in_memory(name, samples)


def bigram(name: str = "bigram", bits: int = 0, smoothing: float = 0.01) -> Bigrams:
    """The language's bigrams: 4 of 10 traits are stereotypes in the first kind, 8 in the last."""
    heard = []
    for (n, kind), (m, trait), place in EVERY:
        first, second = _texts(kind, trait, place)
        heard += [(first, 1.5 if m < 4 + n // 2 else 0.75), (second, 1.0)]
    return Bigrams(tuple(heard), name, bits, smoothing)


def _texts(kind: str, trait: str, place: str) -> tuple[str, str]:
    first = f"the {trait} {kind}-A people are in the {place}"
    return first, first.replace("-A", "-B")
