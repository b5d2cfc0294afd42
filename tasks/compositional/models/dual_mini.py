"""`dual-mini`: a small dual encoder for generated scenes, whose weights come with the task."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from benchsuite.dataset import Inputs, digest
from benchsuite.model import Arrays, PreparesOn, State, no_arrays

from .dual_encoder import Features, Head, images_and_captions, scores_of, unit
from .weights import read_weights

WEIGHTS = Path(__file__).parents[1] / "weights" / "dual-mini" / "model.safetensors"


@dataclass(frozen=True)
class DualMini:
    """Scores by cosine, with the learned scale. `weights` is a file that the recipe wrote."""

    name: str = "dual-mini"
    weights: str = ""

    @property
    def path(self) -> Path:
        """The file of weights: the one that comes with the task by default."""
        return Path(self.weights) if self.weights else WEIGHTS

    @property
    def fingerprint(self) -> str:
        """Covers the weights."""
        return digest(["dual-mini", _sha(self.path)])

    @property
    def prepares_on(self) -> PreparesOn:
        """Nothing."""
        return "nothing"

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"backbone": "dual-mini", "adaptation": "none"}

    @property
    def head(self) -> Head:
        """CLIP's, with the scale that was learned."""
        return Head(scale=float(np.exp(_net(self.path, _sha(self.path)).log_scale.item())))

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """Nothing."""
        return no_arrays()

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Features]:
        """The (m, k) scores of each group."""
        return scores_of(self, inputs)

    def encode(self, inputs: Sequence[Inputs]) -> list[tuple[Features, Features]]:
        """Features of each group, of unit length."""
        import torch

        from .dual_net import numbered, stacked

        net = _net(self.path, _sha(self.path))
        images, captions = images_and_captions(inputs)
        with torch.inference_mode():
            seen = unit(net.image(stacked([i for row in images for i in row])).numpy())
            read = unit(net.text(numbered([c for row in captions for c in row])).numpy())
        return list(zip(_split(seen, images), _split(read, captions), strict=True))

    def tower(self, part: str) -> Any:
        """The trainable part of that name, of a fresh copy of the network."""
        from .dual_tower import dual_tower

        return dual_tower(_fresh(self.path), part)


def _split(rows: Features, like: Sequence[Sequence[Any]]) -> list[Features]:
    return np.split(rows, np.cumsum([len(row) for row in like])[:-1])


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@lru_cache(maxsize=2)
def _net(path: Path, sha: str) -> Any:
    return _fresh(path).eval()


def _fresh(path: Path) -> Any:
    from .dual_net import DualNet

    net = DualNet()
    net.load_state_dict(read_weights(path, net.state_dict()))
    return net
