"""CrowS-Pairs (Nangia et al., EMNLP 2020), and pairs of your own in its layout: a CSV."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from benchsuite.dataset import Dataset, Sample, digest, in_memory
from benchsuite.errors import BadData
from benchsuite.files.sources import single
from benchsuite.files.table import csv_rows

from ..measure import Truth


def crows_pairs(path: str, name: str = "crows-pairs", each: int = 0) -> Dataset:
    """The pairs of a CSV, or of the only file of a folder; the id is the row's number, from 0.

    A writer's pairs are one cluster. `each` takes so many pairs of each kind of bias, the first.
    """
    samples, kinds, columns = [], Counter[str](), ("sent_more", "sent_less", "bias_type")
    for number, (where, row) in enumerate(csv_rows(single(Path(path)), columns)):
        more, less, kind = (row[column] for column in columns)
        if not (more and less and kind):
            raise BadData(f"{where}: expected two sentences and a bias_type, found an empty one")
        kinds[kind] += 1
        if kinds[kind] <= (each or kinds[kind]):
            groups = {"bias": kind, "direction": row.get("stereo_antistereo", "")}
            samples.append(pair(str(number), (more, less), groups, row.get("anon_writer", "")))
    return in_memory(name, samples)


def pair(name: str, texts: tuple[str, str], groups: Mapping[str, str], cluster: str) -> Sample:
    """A pair of texts, the stereotyped one first, as a sample in an order that its id decides."""
    place = int(digest(["stereotypes", name]), 16) % 2
    truth, shown = Truth(place, 1 - place), {"texts": texts[::-1] if place else texts}
    return Sample(name, shown, truth, groups, cluster)
