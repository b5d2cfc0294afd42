"""The task's datasets: what they have in common, and `fundus-mini`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchsuite.dataset import Constant, Dataset, in_memory
from benchsuite.errors import WrongCall, near

from .measure import PROTOCOLS
from .oracle import prompted
from .structures import OPTIC, Structures


def fundus_mini(
    name: str = "fundus-mini",
    split: str = "test",
    bias: str = "pigment",
    protocol: str = "strict",
    oracle: str = "",
    seed: int = 0,
) -> Dataset:
    """Generated fundus pictures: 440 subjects to test, 1,250 to train.

    Raises WrongCall for a split, bias, protocol or oracle that does not exist.
    """
    from .metrics import sample_metrics
    from .mini import BIASES, SUBJECTS, fundus_samples

    one_of("dataset.split", split, tuple(SUBJECTS))
    one_of("dataset.bias", bias, BIASES)
    samples = list(fundus_samples(split, bias, seed))
    areas = [float((sample.truth["labels"] > 0).sum()) for sample in samples]
    made = in_memory(
        name if split == "test" else f"{name}-{split}",
        samples,
        shared(OPTIC, protocol, areas),
        population=f"fundus-mini/{split}/{seed}",
        note=f"generated, bias={bias}",
    )
    return described(made, protocol, sample_metrics(OPTIC), oracle)


def shared(structures: Structures, protocol: str, areas: Sequence[float]) -> dict[str, Any]:
    """What `measure` needs of a dataset; `areas` are those of the reported structures, in pixels.

    Raises WrongCall for a protocol that does not exist.
    """
    one_of("dataset.protocol", protocol, PROTOCOLS)
    present = [area for area in areas if area > 0]
    edges = np.quantile(present, [0.25, 0.5, 0.75]).tolist() if present else []
    return {"structures": structures.shared(), "protocol": protocol, "size_edges": edges}


def described(dataset: Dataset, protocol: str, metrics: Sequence[str], oracle: str) -> Dataset:
    """The dataset with its protocol, its metrics' names, and an oracle prompt where asked for.

    Its shared part tells the cluster of each sample, so that a model knows what it was trained on.
    The fingerprint stays: it covers clusters and truths, from which all of this is made.
    """
    samples = prompted(dataset.samples(), oracle, Structures(**dataset.shared["structures"]))
    clusters = {sample.id: sample.cluster_id for sample in samples}
    return replace(
        dataset,
        load=Constant(tuple(samples)),
        shared={**dataset.shared, "clusters": clusters},
        protocol="; ".join(filter(None, [protocol, "oracle prompt" if oracle else ""])),
        metrics=tuple(metrics),
    )


def one_of(key: str, value: str, known: Sequence[str] | Mapping[str, Any]) -> None:
    """Raise WrongCall unless `value` is one of `known`."""
    if value not in known:
        raise WrongCall(f"{key}: expected one of {', '.join(known)}, found '{value}'"
                        f"{near(value, known)}")  # fmt: skip
