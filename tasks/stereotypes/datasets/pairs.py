"""CrowS-Pairs (Nangia et al., EMNLP 2020), and pairs of your own in its layout: a CSV."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from benchsuite.dataset import Dataset, Sample, digest, in_memory
from benchsuite.errors import BadData
from benchsuite.files.sources import files_of
from benchsuite.files.table import csv_rows

from ..measure import Truth

COLUMNS = ("sent_more", "sent_less", "bias_type")


def crows_pairs(path: str, name: str = "crows-pairs", each: int = 0) -> Dataset:
    """The pairs of a CSV, or of the only file of a folder; the id is the row's number, from 0.

    each  how many pairs of each kind of bias, the first ones; 0 for all
    A writer's pairs are one cluster; without the column `anon_writer`, each pair is its own.
    """
    files = files_of(Path(path)) if Path(path).is_dir() else [Path(path)]
    if len(files) != 1:
        raise BadData(f"{path}: expected one CSV of pairs, found {len(files)} files")
    samples, kinds = [], Counter[str]()
    for number, (where, row) in enumerate(csv_rows(files[0], COLUMNS)):
        if not all(row[column] for column in COLUMNS):
            raise BadData(f"{where}: expected two sentences and a bias_type, found an empty one")
        kinds[row["bias_type"]] += 1
        if each and kinds[row["bias_type"]] > each:
            continue
        groups = {"bias": row["bias_type"], "direction": row.get("stereo_antistereo", "")}
        writer = row.get("anon_writer", "")
        samples.append(pair(str(number), row["sent_more"], row["sent_less"], groups, writer))
    return in_memory(name, samples)


def pair(name: str, more: str, less: str, groups: Mapping[str, str], cluster: str = "") -> Sample:
    """A pair of sentences, `more` the stereotyped one, in an order that its id decides."""
    place = int(digest(["stereotypes", name]), 16) % 2
    texts = (less, more) if place else (more, less)
    return Sample(name, {"texts": texts}, Truth(place, 1 - place), groups, cluster)
