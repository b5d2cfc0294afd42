"""A package that adds to the task bright: a model, a dataset, a suite, metrics and a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchsuite.condition import Condition
from benchsuite.dataset import Dataset, Inputs, Sample, digest, in_memory
from benchsuite.estimation import Mean, Pooled
from benchsuite.model import State
from benchsuite.runs.statistics import Statistics
from benchsuite.task import Access, Content, Origin, Plug, Plugin, Progress, Report


@dataclass(frozen=True)
class Length:
    """Ranks documents by their length, whatever the query."""

    name: str = "length"
    longest: bool = True

    @property
    def fingerprint(self) -> str:
        return digest(["length", self.longest])

    def predict(self, state: State, inputs: Sequence[Inputs]) -> list[Mapping[str, float]]:
        sign = 1 if self.longest else -1
        lengths = {key: float(sign * len(text)) for key, text in state.shared["corpus"].items()}
        return [lengths for _ in inputs]


def pets(name: str = "pets", queries: int = 12) -> Dataset:
    """Queries that are the name of an animal; its document is what it says."""
    corpus = {f"d{i}": f"The animal {i} says {'mo' * (i + 1)}." for i in range(queries)}
    samples = [
        Sample(
            id=f"q{i}",
            inputs={"query": f"What does the animal {i} say?", "excluded": ()},
            truth={f"d{i}": 1},
            attributes={"split": name, "size": "big" if i % 2 else "small"},
        )
        for i in range(queries)
    ]
    return in_memory(name, samples, {"corpus": corpus})


def shout(query: str, severity: int, generator: np.random.Generator) -> str:
    places = generator.choice(len(query), size=min(3 * severity, len(query)), replace=False)
    return "".join(c.upper() if i in places else c for i, c in enumerate(query))


def share_found(table: pd.DataFrame, weights: np.ndarray) -> np.ndarray:
    """The weighted share of the queries for which anything is found."""
    found = table["ndcg@10"].to_numpy(dtype=float) > 0
    return (weights @ found) / weights.sum(axis=1)


def hardest(runs: Sequence[Statistics], progress: Progress, most: int = 3) -> Report:
    """The queries with the lowest nDCG."""
    every = pd.concat([table for run in runs for table in run.tables.values()])
    mean = every.groupby("sample_id")["ndcg@10"].mean().sort_values(kind="stable")
    return Report(tables={"hardest": mean.head(most).reset_index()})


PLUGIN = Plugin(
    task="bright",
    models={"length": Plug("the longest documents first", f"{__name__}:Length")},
    datasets={"pets": Plug("what animals say", f"{__name__}:pets")},
    conditions=tuple(
        Condition("voice", "shout", severity, "letters", "query", shout, "letters in upper case")
        for severity in (1, 2, 3)
    ),
    metrics=(
        Mean("hits", "recall@10", bounds=(0, 1), equity=True),
        Pooled("found any", ("ndcg@10",), share_found, bounds=(0, 1)),
        Mean("a cost", "seconds"),
    ),
    reports={"hardest": Plug("the queries that go worst", f"{__name__}:hardest")},
    conf=Path(__file__).parent / "conf",
    origins={
        "pets": Origin(
            title="what animals say",
            licence="CC0",
            access=Access.INCLUDED,
            contents=(Content({"samples": 12, "documents": 12}, "its author"),),
        )
    },
)
