"""From judged queries to a dataset: what a model sees of a query, and the groups that it is in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from benchsuite.dataset import Dataset, Sample, in_memory
from benchsuite.errors import WrongCall

from ..conditions import AS_RETRIEVED, FIELD
from ..metrics import LEFT_OUT, OF_ANSWERED, UNANSWERED
from .collection import Query

CONVENTIONS = {"zero": "trec_eval -c", LEFT_OUT: "trec_eval"}
"""What a query without results is worth, and how trec_eval is called for that."""


@dataclass(frozen=True)
class Judged:
    """A query with its judgements: {document id: grade}, and attributes beside the usual ones."""

    query: Query
    truth: Mapping[str, int]
    attributes: Mapping[str, str] = field(default_factory=dict)


def dataset_of(
    name: str, judged: Mapping[str, Judged], shared: Mapping[str, Any], unanswered: str,
    note: str = "", split_is_input: bool = False,
) -> Dataset:  # fmt: skip
    """The dataset of judged queries by id. unanswered: see `in_convention`.

    Queries without a split are of one that has the dataset's name. With `split_is_input`, models
    see the split and the order of candidates.
    """
    made = in_memory(name, _samples(name, judged, split_is_input), shared, note=note)
    return in_convention(made, unanswered)


def in_convention(dataset: Dataset, unanswered: str) -> Dataset:
    """The dataset with queries without results worth `zero`, or `left-out` of every mean.

    Rows show it in their protocol. Raises WrongCall for another word.
    """
    if unanswered not in CONVENTIONS:
        expected = " or ".join(CONVENTIONS)
        raise WrongCall(f"unanswered: expected {expected}, found '{unanswered}'")
    made = replace(dataset, protocol=CONVENTIONS[unanswered])
    if unanswered != LEFT_OUT:
        return made
    return replace(made, metrics=OF_ANSWERED, shared={**made.shared, UNANSWERED: LEFT_OUT})


def _samples(name: str, judged: Mapping[str, Judged], split_is_input: bool) -> list[Sample]:
    splits = {key: row.query.split or name for key, row in judged.items()}
    lengths = query_lengths({key: row.query.text for key, row in judged.items()}, splits)
    return [
        Sample(
            id=key,
            inputs={
                "query": row.query.text,
                "excluded": row.query.excluded,
                **({"split": splits[key], FIELD: AS_RETRIEVED} if split_is_input else {}),
            },
            truth=dict(row.truth),
            attributes={"split": splits[key], "query_length": lengths[key], **row.attributes},
        )
        for key, row in judged.items()
    ]


def query_lengths(texts: Mapping[str, str], splits: Mapping[str, str]) -> dict[str, str]:
    """`short`, `medium` or `long`: thirds of each split's queries, by words."""
    # Of each split: else a split of long queries would have no short ones, and a mean over splits
    # of the short ones would be one over other splits.
    members: dict[str, dict[str, str]] = {}
    for key, text in texts.items():
        members.setdefault(splits[key], {})[key] = text
    return {key: third for part in members.values() for key, third in thirds(part).items()}


def thirds(texts: Mapping[str, str]) -> dict[str, str]:
    """Thirds by words. Queries of equal length are in one group, so that the sizes may differ."""
    counts = {key: len(text.split()) for key, text in texts.items()}
    ordered = sorted(counts.values())
    short, medium = (ordered[max(len(ordered) * k // 3 - 1, 0)] if ordered else 0 for k in (1, 2))
    return {
        key: "short" if count <= short else "medium" if count <= medium else "long"
        for key, count in counts.items()
    }
