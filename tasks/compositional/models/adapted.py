"""`adapted(base, recipe, protocol)`: a dual encoder that is adapted to the groups it is tested on.

Adapting needs all groups of a condition at once, and so it happens in `prepare`; `predict` looks
up what it found. Neither ever sees a truth.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from omegaconf import OmegaConf

from benchsuite.dataset import Inputs, digest, id_key
from benchsuite.errors import BadData, WrongCall, near, one_of
from benchsuite.files.text import text_of
from benchsuite.model import Arrays, State

from ..measure import Prediction
from .adaptation.matching import Layout
from .adaptation.recipe import Protocol, Recipe, Study, whole
from .dual_encoder import DualEncoder

CONF = Path(__file__).parents[1] / "conf" / "model"
"""The registered models: the defaults of an adaptation stand there alone."""
ADAPTERS = ("shift", "scale", "low-rank", "linear", "mlp")
HIDDEN = ("low-rank", "mlp")
"""The adapters that have hidden units, as many as their rank."""


@dataclass(frozen=True)
class Adapted:
    """Test-Time Matching on `base`.

    part           what is trained: `adapter`, on frozen features, or a part of the base itself
                   (projections, blocks, all)
    adapter, rank  the adapter's kind, and its hidden units where it has any; `Adapter` explains
    seed           of the order of batches, of hidden units, and of splits
    """

    name: str
    base: DualEncoder
    recipe: Recipe
    protocol: Protocol
    part: str = "adapter"
    adapter: str = "linear"
    rank: int = 16
    seed: int = 0

    @property
    def fingerprint(self) -> str:
        """Covers the base and everything of the adaptation."""
        parts = [self.part, self.adapter, self.rank, self.seed]
        return digest([self.base.fingerprint, self.recipe.identity, asdict(self.protocol), parts])

    @property
    def prepares_on(self) -> Literal["condition"]:
        """The condition: the groups are as it shows them."""
        return "condition"

    @property
    def device(self) -> str:
        """Where the base's towers run; bases without any have no such option."""
        return str(getattr(self.base, "device", "cpu"))

    @property
    def factors(self) -> Mapping[str, str]:
        """Design factors."""
        several = self.recipe.iterations > 1
        part = self.part if self.part != "adapter" else f"adapter:{self.adapter}"
        kind, own = self.protocol.kind, self.base.factors
        afresh = "a fresh optimizer in every iteration" if self.recipe.begins_afresh else ""
        said = [f"adapted: {kind}", afresh, own.get("protocol", "")]
        return {
            **own,
            "adaptation": kind,
            "part": part,
            "protocol": "; ".join(filter(None, said)),
            "method": self.recipe.method,
            "iterations": str(self.recipe.iterations),
            "epochs": str(self.recipe.epochs),
            "rate": f"{self.recipe.rate:g}",
            "weight_decay": f"{self.recipe.weight_decay:g}",
            **({"optimizer_state": self.recipe.optimizer_state} if several else {}),
            **({"rank": str(self.rank)} if self.adapter in HIDDEN else {}),
        }

    def prepare(self, state: State, inputs: Iterable[Inputs]) -> Arrays:
        """The groups' scores at every iteration: see `predict` for what they become.

        keys uint64 (N,)          a hash of each group's id
        shapes int64 (N, 2)       m and k
        scores float32 (S, T+1, Σ m·k)
        labels int64 (S, T, Σ m), selected uint8 (S, T, Σ m)
        assigned int64 (S, T+1, Σ m), seen (S, Σ m·k), control (S, 2, Σ m·k) where there are any
        first uint8 (S, N)        held out: whether each group is in the first half of the split
        """
        from .adaptation.study import study

        job = Study(self.recipe, self.protocol, self.seed, self.fingerprint, state.scratch)
        return study(job, self._tower(), inputs)

    def _tower(self) -> Any:
        from .adaptation.tower import AdapterTower

        if self.part == "adapter":
            return AdapterTower(self.base, self.adapter, self.rank, self.device)
        return self.base.tower(self.part)

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Prediction]:
        """What the adaptation found for each group. Raises BadData for a group it has not seen."""
        found = Found(state.arrays)
        return [found.prediction(one) for one in inputs]


@dataclass(frozen=True)
class Found:
    """The artefact of an adaptation, group by group."""

    arrays: Mapping[str, NDArray[Any]]

    @cached_property
    def _layout(self) -> Layout:
        return Layout(self.arrays["shapes"])

    def prediction(self, one: Inputs) -> Prediction:
        """What was found for the group."""
        places = np.flatnonzero(self.arrays["keys"] == id_key(one.id))
        if len(places) != 1:
            raise BadData(f"group '{one.id}': expected one of those that were adapted to")
        place = int(places[0])
        m, k = self.arrays["shapes"][place].tolist()
        images = slice(*self._layout.images[place : place + 2])
        cells = slice(*self._layout.scores[place : place + 2])
        return Prediction(
            scores=self._of("scores", cells, (m, k)),
            labels=self._of("labels", images, (m,)),
            selected=self._of("selected", images, (m,)).astype(np.bool_),
            assigned=self._of("assigned", images, (m,)),
            seen=self._of("seen", cells, (m, k)),
            control=self._of("control", cells, (m, k)),
            first=self._of("first", slice(place, place + 1), ()),
        )

    def _of(self, name: str, places: slice, shape: tuple[int, ...]) -> Any:
        if name not in self.arrays:
            return None
        part = self.arrays[name][..., places]
        return part.reshape(*part.shape[:-1], *shape)


def adapted(
    base: Mapping[str, Any] | DualEncoder,
    name: str = "adapted",
    protocol: str = "transductive",
    repeats: int = 1,
    control: bool = True,
    part: str = "adapter",
    adapter: str = "linear",
    rank: int = 16,
    seed: int = 0,
    **recipe: Any,
) -> Adapted:
    """The model of a config: `base` is a dual encoder or its {kind, ...}, `recipe` the rest."""
    known = list(Recipe.__dataclass_fields__)
    for key in recipe:
        if key not in known:
            raise WrongCall(f"model.{key}: no such key{near(key, known)}")
    if adapter not in ADAPTERS:
        raise WrongCall(f"model.adapter: expected one of {', '.join(ADAPTERS)}, found '{adapter}'")
    whole("rank", rank, 1)
    return Adapted(
        name=name,
        base=base if isinstance(base, DualEncoder) else _base(base),
        recipe=Recipe(**recipe),
        protocol=Protocol(protocol, repeats, control),
        part=part,
        adapter=adapter,
        rank=rank,
        seed=seed,
    )


def registered(name: str) -> dict[str, Any]:
    """The settings of a registered adaptation (`ttm`), but for its base and its name.

    Raises WrongCall, with the names that there are, for another one.
    """
    configs = {path.stem: _settings(path) for path in sorted(CONF.glob("*.yaml"))}
    known = {key: config for key, config in configs.items() if config["kind"] == "adapted"}
    one_of("model.adaptation", name, known)
    return {k: v for k, v in known[name].items() if k not in ("kind", "base", "name")}


def _settings(path: Path) -> dict[str, Any]:
    """A config as the command line reads it."""
    made: Any = OmegaConf.to_container(OmegaConf.create(text_of(path)))
    return dict(made)


def _base(config: Mapping[str, Any]) -> DualEncoder:
    from ..task import TASK

    missing = [key for key, value in config.items() if value == "???"]
    if missing:
        raise WrongCall(f"model.base {config['kind']} needs model.base.{missing[0]}=...")
    made = TASK.model(config["kind"], **{k: v for k, v in config.items() if k != "kind"})
    if not hasattr(made, "encode"):
        raise WrongCall(f"model.base: expected a dual encoder, found '{config['kind']}'")
    return made  # type: ignore[return-value]
