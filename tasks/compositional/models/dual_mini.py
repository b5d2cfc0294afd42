"""`dual-mini`: a small dual encoder for generated scenes, whose weights come with the task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from benchsuite.dataset import Inputs, digest
from benchsuite.files.hashes import sha256
from benchsuite.learning.vectors import of_unit_length

from .dual_encoder import DualEncoder, Features, Head, images_and_captions

WEIGHTS = Path(__file__).parents[1] / "weights" / "dual-mini" / "model.safetensors"


@dataclass(frozen=True)
class DualMini(DualEncoder):
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
        return digest(["dual-mini", sha256(self.path)])

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        return {"backbone": "dual-mini", "adaptation": "none"}

    @property
    def head(self) -> Head:
        """CLIP's, with the scale that was learned."""
        return Head(scale=float(np.exp(self._net.log_scale.item())))

    @property
    def _net(self) -> Any:
        return _net(self.path, sha256(self.path))

    def encode(self, inputs: Sequence[Inputs]) -> list[tuple[Features, Features]]:
        """Features of each group, of unit length."""
        import torch

        from .dual_net import numbered, stacked

        images, captions = images_and_captions(inputs)
        with torch.inference_mode():
            seen = self._net.image(stacked([i for row in images for i in row])).float().numpy()
            read = self._net.text(numbered([c for row in captions for c in row])).float().numpy()
        seen, read = of_unit_length(seen), of_unit_length(read)
        return list(zip(_split(seen, images), _split(read, captions), strict=True))

    def tower(self, part: str) -> Any:
        """The trainable part of that name, of a fresh copy of the network."""
        from .dual_tower import dual_tower

        return dual_tower(_fresh(self.path), part)


def _split(rows: Features, like: Sequence[Sequence[Any]]) -> list[Features]:
    return np.split(rows, np.cumsum([len(row) for row in like])[:-1])


@lru_cache(maxsize=2)
def _net(path: Path, sha: str) -> Any:
    return _fresh(path).eval()


def _fresh(path: Path) -> Any:
    from benchsuite.learning.weights import load_weights

    from .dual_net import DualNet

    net = DualNet()
    load_weights(path, net)
    return net
