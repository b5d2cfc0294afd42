"""Judged pairs from the files in which they are published: tables, and SemEval's input and gold."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchsuite.dataset import Dataset, Sample, in_memory, lengths, linked
from benchsuite.errors import BadData, WrongCall, near
from benchsuite.files.names import bare
from benchsuite.files.sources import files_of
from benchsuite.files.table import beside, tab_rows
from benchsuite.files.text import number
from benchsuite.task import Access, Origin

COLUMNS = {
    "sentence1": ("sentence1", "sentence_A"), "sentence2": ("sentence2", "sentence_B"),
    "score": ("score", "relatedness_score"), "source": ("source", "filename"),
}  # fmt: skip
"""What headers call the columns: mteb's, SICK's, GLUE's."""
STS_BENCHMARK = ("", "source", "", "", "score", "sentence1", "sentence2")  # without a header
Pair = tuple[tuple[str, str], float, str]
"""Both sentences, people's score, and the source."""
INPUT, GOLD = "STS.input.", "STS.gs."  # how SemEval's files of a source begin
ORIGINS = {
    "sts-mini": Origin("generated pairs", "Apache-2.0", Access.INCLUDED, public=True),
    "sts": Origin("STS 2012 to 2016, STS benchmark, SICK: your files", "of the files", Access.OWN),
}


def sts(path: str, name: str = "sts", sets: Sequence[str] | str = "all", fit: str = "") -> Dataset:
    """The pairs of a file, of the files in a folder, or of what a path with `*` matches.

    A set is a table, called by its file without the ending, or SemEval's files of one folder.
    sets: those that are measured.   fit: one that is not, for models that are fitted to it.
    """
    found = _sets(files_of(Path(path)) or [Path(path)])
    asked = [key for key in found if key != fit] if sets == "all" else [*sets]
    for key in filter(None, [*asked, fit]):
        if key not in found:
            raise WrongCall(f"dataset.sets, fit: {path} has no set '{key}'{near(key, found)}")
    pairs = {f"{of}-{n}": (of, *row) for of in asked for n, row in enumerate(found[of], start=1)}
    clusters = linked({key: texts for key, (_, texts, _, _) in pairs.items()})
    whole_texts = {key: " ".join(texts) for key, (_, texts, _, _) in pairs.items()}
    length = lengths(whole_texts, {key: of for key, (of, *_) in pairs.items()})
    samples = []
    for key, (of, texts, score, source) in pairs.items():
        groups = {"set": of, "source": source or of, "length": length[key]}
        samples.append(Sample(key, {"sentences": texts}, score, groups, clusters[key]))
    others = [text for texts, _, _ in found.get(fit, ()) for text in texts]
    return in_memory(name, samples, {"fit": others} if fit else {})


def _sets(files: Iterable[Path]) -> dict[str, list[Pair]]:
    """The pairs of each set. Raises BadData where two tables or folders have the name of one."""
    found: dict[str, list[Pair]] = {}
    places: dict[str, Path] = {}
    for file in files:
        if file.name.startswith(GOLD):
            continue
        folder = file.resolve().parent
        place, key = (folder, folder.name) if file.name.startswith(INPUT) else (file, bare(file))
        if (other := places.setdefault(key, place)) != place:
            raise BadData(f"{place}: expected one place of the set '{key}', found {other} too")
        found.setdefault(key, []).extend(_pairs(file))
    return found


def _pairs(path: Path) -> Iterator[Pair]:
    """Both sentences, people's score from 0 to 5, and the source, where it is told."""
    for where, row in _rows(path):
        texts, score = (row["sentence1"], row["sentence2"]), row["score"].strip()
        if not all(map(str.strip, texts)) or not 0 <= number(where, "score", score) <= 5:
            raise BadData(f"{where}: expected two sentences and 0 to 5, found {texts}, {score}")
        yield texts, float(score), row.get("source", "")


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    if not path.name.startswith(INPUT):
        yield from tab_rows(path, COLUMNS, [*COLUMNS][:3], STS_BENCHMARK)
        return
    source = path.name.removeprefix(INPUT)
    for where, line, score in beside(path, path.with_name(f"{GOLD}{source}")):
        if score.strip():  # a pair that nobody judged has an empty line
            row = (*f"{line}\t".split("\t")[:2], score, bare(Path(source)))
            yield where, dict(zip(COLUMNS, row, strict=True))
