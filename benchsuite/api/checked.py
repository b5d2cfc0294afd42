"""The check of a dataset on this machine against what is published of it: counts, fingerprint."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchsuite.api.assembly import dataset_of
from benchsuite.api.config import Settings, settings
from benchsuite.api.data import Entry
from benchsuite.api.words import word_of
from benchsuite.dataset import Dataset
from benchsuite.errors import WrongCall
from benchsuite.learning.hub import downloads
from benchsuite.task import Content, Origin, Task, load_task

FINGERPRINT = "fingerprint"


@dataclass(frozen=True)
class Compared:
    """One count, or the fingerprint: as published and as found; empty where one is unknown."""

    what: str
    expected: str
    found: str

    @property
    def ok(self) -> bool | None:
        """Whether both are the same; None where nothing is published."""
        return self.found == self.expected if self.expected else None


@dataclass(frozen=True)
class Checked:
    """A dataset against what is published of it. source: who published that; empty for nobody."""

    rows: tuple[Compared, ...]
    source: str

    @property
    def wrong(self) -> list[Compared]:
        """What is not as published."""
        return [row for row in self.rows if row.ok is False]


def check(one: Entry, words: Sequence[str], folder: Path) -> Checked:
    """Load a dataset with the settings of a run, and compare it with what is published.

    folder  where it is, unless the words say so
    Raises what the settings and the reader of the dataset raise.
    """
    origin, places = one.origin, []
    if origin is not None:
        places = [word for word in words if _key(word) in origin.of_places]
        if origin.is_in(folder):
            given = {_key(word) for word in places}
            own = origin.words(folder).items()
            places += [word_of(f"dataset.{key}", path) for key, path in own if key not in given]
    asked = _settings(one, [*words, *places])
    with downloads(asked.download):
        dataset = dataset_of(one.task, asked.dataset)
    default = _settings(one, places).dataset
    known = _published(origin, asked.dataset, default) if origin else None
    found = {**counted(one.task, dataset), FINGERPRINT: dataset.fingerprint}
    expected = _expected(known) if known else {}
    rows = [
        Compared(what, expected.get(what, ""), str(found.get(what, "none")))
        for what in {**found, **expected}
    ]
    return Checked(tuple(rows), known.source if known else "")


def _key(word: str) -> str:
    """The option of the dataset that a word sets."""
    return word.partition("=")[0].removeprefix("dataset.")


def _settings(one: Entry, words: Sequence[str]) -> Settings:
    """The settings of a run on the dataset under these words."""
    first = [f"task={one.task.name}", f"dataset={one.name}"]
    every = settings([*first, *(word for word in dict.fromkeys(words) if word not in first)])
    if len(every) != 1:
        raise WrongCall(f"data check: expected one dataset, found {len(every)}")
    return every[0]


def _published(
    origin: Origin, asked: Mapping[str, Any], default: Mapping[str, Any]
) -> Content | None:
    """What is published of the dataset under the options asked for; None where nothing is."""
    chosen = {k: v for k, v in asked.items() if k not in origin.of_places and v != default.get(k)}
    return next((one for one in origin.contents if dict(one.options) == chosen), None)


def published(config: Settings) -> Content | None:
    """What is published of the dataset of these settings, or of more of it; None for nothing.

    It is that of the most of the options that are set. Others may leave out a part of the samples.
    """
    pairs = [word.partition("=") for word in config.words]
    own = str(config.dataset["name"])
    name = next((value for key, _, value in pairs if key == "dataset"), own)
    origin = load_task(config.task).origin(name)
    known = origin.contents if origin else ()
    fits = [one for one in known if dict(one.options).items() <= config.dataset.items()]
    return max(fits, key=lambda one: len(one.options), default=None)


def _expected(known: Content) -> dict[str, str]:
    counts = {what: str(count) for what, count in known.counts.items()}
    return {**counts, FINGERPRINT: known.fingerprint}


def counted(task: Task, dataset: Dataset) -> dict[str, int]:
    """What a dataset holds: samples, clusters, members of groups, samples of domains, and more."""
    samples = dataset.samples()
    clusters = len({sample.cluster_id for sample in samples})
    groups = Counter(
        f"{name}={value}" for sample in samples for name, value in sample.attributes.items()
    )
    return {
        "samples": len(samples),
        **({"clusters": clusters} if clusters != len(samples) else {}),
        **(task.contents(dataset) if task.contents else {}),
        **{f"domain/{name}": len(dataset.samples(name)) for name in dataset.domains},
        **dict(sorted(groups.items())),
    }
