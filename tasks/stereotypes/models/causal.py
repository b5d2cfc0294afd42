"""A causal language model by transformers, rounded or not; and a function of the user's own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchsuite.dataset import Inputs, digest
from benchsuite.files.sight import begins_as_json
from benchsuite.learning.hub import content, located
from benchsuite.learning.rounding import Rounding
from benchsuite.learning.speaking import Pairs, speaker
from benchsuite.model import State

from ..datasets.bbq import bbq
from ..datasets.mini import pairs_mini
from ..datasets.pairs import crows_pairs


@dataclass(frozen=True)
class CausalLM:
    """The log-probability of each whole text, in nats.

    path: a directory, or a repository of the Hub; safetensors, and no remote code.
    bits, rounding, alpha: see `benchsuite.learning.rounding`; 0 bits are the weights as they are.
    calibration: for GPTQ: CrowS-Pairs' CSV, or a JSONL of BBQ; generated pairs by default.
    calibrated_on: pairs of it, spread evenly.   batch: texts of a forward pass.
    """

    path: str
    name: str = "causal-lm"
    bits: int = 0
    rounding: str = "nearest"
    alpha: float = 0.5
    calibration: str = ""
    calibrated_on: int = 64
    batch: int = 32
    device: str = "cpu"
    revision: str | None = None

    @property
    def fingerprint(self) -> str:
        """Covers the files, the rounding, and the pairs that calibrate it."""
        weights = content(located(self.path, self.revision))
        seen = () if self.rounding == "nearest" else _pairs(self.calibration, self.calibrated_on)
        how = Rounding(self.bits, self.rounding, self.alpha)
        return digest(["causal-lm", weights, how, seen, self.batch])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"backbone": Path(self.path).name, "rounding": self.rounding}

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[NDArray[np.float64]]:
        """The log-probabilities of each sample's texts (k,)."""
        how = Rounding(self.bits, self.rounding, self.alpha)
        pairs = _pairs(self.calibration, self.calibrated_on) if how.calibrates else ()
        folder = located(self.path, self.revision)
        return by_sample(inputs, speaker(folder, self.device, self.batch, how, pairs))


@lru_cache(maxsize=2)
def _pairs(path: str, most: int) -> Pairs:
    """Stereotyped texts and their counterparts, `most` of them, spread evenly over a dataset."""
    read = bbq if path and begins_as_json(Path(path)) else crows_pairs
    samples = (read(path) if path else pairs_mini()).samples()
    there = [(s.inputs["texts"], s.truth) for s in samples if s.truth.stereotype >= 0]
    some = there[:: max(1, len(there) // most)][:most]
    return tuple((texts[truth.stereotype], texts[truth.other]) for texts, truth in some)


def by_sample(
    inputs: Sequence[Inputs], say: Callable[[list[str]], ArrayLike]
) -> list[NDArray[np.float64]]:
    """What is said of the texts of all samples at once, as an array (k,) for each sample."""
    said = np.asarray(say([text for one in inputs for text in one.fields["texts"]]), np.float64)
    return np.split(said, np.cumsum([len(one.fields["texts"]) for one in inputs])[:-1])
