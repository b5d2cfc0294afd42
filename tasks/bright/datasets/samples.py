"""From judged queries to a dataset: what a model sees of a query, and the groups that it is in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from benchsuite.dataset import Dataset, Sample, in_memory, lengths
from benchsuite.errors import one_of

from ..conditions import AS_RETRIEVED, FIELD
from ..formats import BY_ID, GIVEN, TIES
from ..metrics import LEFT_OUT, POOL, UNANSWERED, metrics_of
from .collection import Aspect, Faceted, Query

CONVENTIONS = {"zero": "trec_eval -c", LEFT_OUT: "trec_eval"}
"""What a query without results is worth, and how trec_eval is called for that."""
OWN, NONE = "own", "none"
"""The corpus of a dataset: the documents that belong to it; or none, which is enough to score."""


@dataclass(frozen=True)
class Scoring:
    """How rankings are scored, where conventions differ.

    unanswered  queries without results are worth `zero`, or are `left-out` of every mean
    ties        tied documents are ordered by `id`, as trec_eval does, or stay as `given`
    Raises WrongCall for another word.
    """

    unanswered: str = "zero"
    ties: str = BY_ID

    def __post_init__(self) -> None:
        one_of("unanswered", self.unanswered, CONVENTIONS)
        one_of("ties", self.ties, (BY_ID, GIVEN))


@dataclass(frozen=True)
class Judged:
    """A query with its judgements: {document id: grade}, and attributes beside the usual ones.

    pool     the documents that it ranks; empty where it ranks the corpus
    aspects  the parts of what it asks, if anybody told them
    """

    query: Query
    truth: Mapping[str, int]
    attributes: Mapping[str, str] = field(default_factory=dict)
    pool: tuple[str, ...] = ()
    aspects: tuple[Aspect, ...] = ()


def dataset_of(
    name: str, judged: Mapping[str, Judged], shared: Mapping[str, Any], scoring: Scoring,
    note: str = "", split_is_input: bool = False,
) -> Dataset:  # fmt: skip
    """The dataset of judged queries by id. `shared` has the `corpus`, if there is one.

    Queries without a split are of one that has the dataset's name. With `split_is_input`, models
    see the split and the order of candidates.
    """
    made = in_memory(name, _samples(name, judged, split_is_input), shared, note=note)
    return scored_by(made, scoring)


def scored_by(dataset: Dataset, scoring: Scoring) -> Dataset:
    """The dataset whose rankings are scored so. Rows show it in their protocol."""
    used = [
        CONVENTIONS[scoring.unanswered],
        "" if scoring.ties == BY_ID else f"ties: as {scoring.ties}",
        "" if "corpus" in dataset.shared else f"corpus: {NONE}",
    ]
    answered = scoring.unanswered == LEFT_OUT
    shared = {
        **dataset.shared,
        **({TIES: GIVEN} if scoring.ties == GIVEN else {}),
        **({UNANSWERED: LEFT_OUT} if answered else {}),
    }
    aspects = any(isinstance(sample.truth, Faceted) for sample in dataset.samples())
    metrics = metrics_of(aspects, answered) if aspects or answered else ()
    return replace(dataset, protocol="; ".join(filter(None, used)), shared=shared, metrics=metrics)


def _samples(name: str, judged: Mapping[str, Judged], split_is_input: bool) -> list[Sample]:
    splits = {key: row.query.split or name for key, row in judged.items()}
    texts = {key: row.query.text for key, row in judged.items()}
    by_length = {
        key: {"query_length": third}
        for key, third in (lengths(texts, splits) if any(texts.values()) else {}).items()
    }
    return [
        Sample(
            id=key,
            inputs={
                "query": row.query.text,
                "excluded": row.query.excluded,
                **({"split": splits[key], FIELD: AS_RETRIEVED} if split_is_input else {}),
                **({POOL: row.pool} if row.pool else {}),
            },
            truth=Faceted(dict(row.truth), row.aspects) if row.aspects else dict(row.truth),
            attributes={"split": splits[key], **by_length.get(key, {}), **row.attributes},
        )
        for key, row in judged.items()
    ]
