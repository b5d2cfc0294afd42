"""Samples, the datasets that hold them, and the fingerprints that keep two datasets apart."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from benchsuite.errors import BadData

if TYPE_CHECKING:
    from benchsuite.estimation import Metric

CLEAN_DOMAIN = ""
RESERVED = ("sample_id", "cluster", "error")
"""Columns of every table of statistics. No attribute or measured column may have these names."""


@dataclass(frozen=True)
class Inputs:
    """What a model may see of a sample: no truth, no attributes."""

    id: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Sample:
    """The unit of measurement. Samples of one cluster are drawn together by every bootstrap."""

    id: str
    inputs: Mapping[str, Any]
    truth: Any
    attributes: Mapping[str, str] = field(default_factory=dict)
    cluster: str = ""

    @property
    def cluster_id(self) -> str:
        """The cluster's id: the sample's own where none was given."""
        return self.cluster or self.id


@dataclass(frozen=True)
class Dataset:
    """A versioned, fingerprinted list of samples of one task.

    `shared` is what belongs to the dataset and not to a sample: a corpus, classes, code books.
    `load` gives the samples of a domain; the empty name is the dataset itself. It must be
    picklable where worker processes are used. `domains` names the dataset's other samples.
    `unrelated`: domains whose cluster ids must not be paired with the dataset's own.
    `protocol`: how the dataset is used; every row says so, beside the task's own.
    `metrics`: those of a dataset with classes of its own, in place of the task's.
    `crossed`: attributes that are crossed to groups, beside the task's.
    `warnings`: what a person should know before they trust its numbers, a line each.
    `faults`: what is wrong with single samples. Reading such a sample raises BadData.
    """

    name: str
    fingerprint: str
    load: Callable[[str], Sequence[Sample]]
    shared: Mapping[str, Any] = field(default_factory=dict)
    population: str = ""
    domains: tuple[str, ...] = ()
    unrelated: tuple[str, ...] = ()
    note: str = ""
    protocol: str = ""
    metrics: "tuple[Metric, ...]" = ()
    crossed: tuple[tuple[str, ...], ...] = ()
    warnings: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    def samples(self, domain: str = CLEAN_DOMAIN) -> Sequence[Sample]:
        """The samples of `domain`; those of the dataset itself by default."""
        if domain and domain not in self.domains:
            raise BadData(f"dataset {self.name}: no domain '{domain}'; it has {self.domains}")
        return self.load(domain)

    def only(self, samples: Sequence[Sample]) -> "Dataset":
        """The dataset that has these samples as its own, and no domains."""
        return replace(self, load=Constant(tuple(samples)), domains=(), unrelated=())

    def population_of(self, domain: str = CLEAN_DOMAIN) -> str:
        """The namespace of a domain's cluster ids. Domains that share it are paired."""
        own = self.population or self.name
        return f"{own}/{domain}" if domain in self.unrelated else own


def in_memory(
    name: str,
    samples: Sequence[Sample],
    shared: Mapping[str, Any] | None = None,
    population: str = "",
    note: str = "",
) -> Dataset:
    """A dataset of samples that are already there, checked and fingerprinted.

    Raises BadData where there is no sample, or an id occurs twice.
    """
    shared = dict(shared or {})
    check(name, samples)
    return Dataset(
        name=name,
        fingerprint=fingerprint(samples, shared),
        load=Constant(tuple(samples)),
        shared=shared,
        population=population,
        note=note,
    )


def of_files(
    name: str,
    samples: Sequence[Sample],
    contents: Mapping[str, str],
    shared: Mapping[str, Any] | None = None,
    note: str = "",
) -> Dataset:
    """A dataset of samples whose files are read when they are asked for, checked and fingerprinted.

    contents  names what is in the files of each sample, by its id: a hash of them

    Raises BadData as `in_memory`.
    """
    shared = dict(shared or {})
    check(name, samples)
    rows = ([s.id, s.cluster_id, dict(s.attributes), contents[s.id]] for s in samples)
    made = digest([sorted(digest(row) for row in rows), shared])
    return Dataset(name, made, Constant(tuple(samples)), shared, note=note)


@dataclass(frozen=True)
class Lazy(Mapping[str, Any]):
    """Fields of inputs or truth. One that can be called is called when asked for, and not kept."""

    loaders: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        held = self.loaders[key]
        return held() if callable(held) else held

    def __iter__(self) -> Iterator[str]:
        return iter(self.loaders)

    def __len__(self) -> int:
        return len(self.loaders)


@dataclass(frozen=True)
class Constant:
    """Loads the same samples for every domain: a dataset without domains."""

    samples: tuple[Sample, ...]

    def __call__(self, domain: str) -> Sequence[Sample]:
        return self.samples


def check(name: str, samples: Sequence[Sample]) -> None:
    """Raise BadData unless there are samples, with ids that are not empty and occur once.

    Attributes must be strings. Their names must not be those of the columns in RESERVED.
    """
    if not samples:
        raise BadData(f"dataset {name}: no samples; expected at least one")
    seen: set[str] = set()
    for row, sample in enumerate(samples, start=1):
        if not isinstance(sample.id, str) or not sample.id:
            raise BadData(f"dataset {name}: sample {row}: expected an id, found {sample.id!r}")
        if sample.id in seen:
            raise BadData(f"dataset {name}: sample {row}: id '{sample.id}' occurs twice")
        seen.add(sample.id)
        for key, value in sample.attributes.items():
            where = f"dataset {name}: sample '{sample.id}': attribute '{key}'"
            if key in RESERVED:
                raise BadData(f"{where}: expected another name, the suite has a column of this one")
            if not isinstance(value, str):
                raise BadData(f"{where}: expected a string, found {value!r}")


def fingerprint(samples: Iterable[Sample], shared: Mapping[str, Any]) -> str:
    """A hash over ids, clusters, attributes, content and what is shared; order does not matter."""
    rows = sorted(digest([s.id, s.cluster_id, s.attributes, s.inputs, s.truth]) for s in samples)
    return digest([rows, shared])


def lengths(texts: Mapping[str, str], strata: Mapping[str, str]) -> dict[str, str]:
    """`short`, `medium` or `long` for each id: thirds of each stratum's texts, by words.

    Texts of equal length are in one group, so that the sizes may differ.
    """
    # Of each: else a stratum of long texts would have no short ones, and a mean over strata of the
    # short ones would be one over other strata.
    members: dict[str, dict[str, int]] = {}
    for key, text in texts.items():
        members.setdefault(strata[key], {})[key] = len(text.split())
    return {key: third for part in members.values() for key, third in _thirds(part).items()}


def _thirds(counts: Mapping[str, int]) -> dict[str, str]:
    ordered = sorted(counts.values())
    short, medium = (ordered[max(len(ordered) * k // 3 - 1, 0)] for k in (1, 2))
    return {
        key: "short" if count <= short else "medium" if count <= medium else "long"
        for key, count in counts.items()
    }


def linked(parts: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The cluster of each id: those that share a part, if only through others, are in one.

    parts  what a sample is made of: the sentences of a pair, the images of a group
    A cluster is called by one of its ids.
    """
    root: dict[str, str] = {key: key for key in parts}
    first: dict[str, str] = {}

    def found(key: str) -> str:
        while root[key] != key:
            root[key] = key = root[root[key]]
        return key

    for key, several in parts.items():
        for part in several:
            a, b = found(first.setdefault(part, key)), found(key)
            root[b] = a
    return {key: found(key) for key in parts}


class Items:
    """A list that is never whole in memory, for `digest`: its length, and its items once."""

    def __init__(self, count: int, each: Iterable[Any]) -> None:
        self._count, self._each = count, each

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        return iter(self._each)


def digest(value: Any) -> str:
    """32 hex digits that name a value: JSON types, bytes, arrays, records, containers of them."""
    state = hashlib.blake2b(digest_size=16)
    _feed(state, value)
    return state.hexdigest()


def id_key(name: str) -> np.uint64:
    """64 bits of a hash of an id: how an artefact, which holds arrays alone, names a sample."""
    return np.uint64(int(digest(name)[:16], 16))


def _feed(state: "hashlib.blake2b", value: Any) -> None:
    # Every value is fed with its type and length, so that no two different values read alike.
    if is_dataclass(value) and not isinstance(value, Mapping | type):
        _feed(state, {one.name: getattr(value, one.name) for one in fields(value)})
    elif isinstance(value, Mapping):
        state.update(b"{%d" % len(value))
        for key in sorted(value):
            _feed(state, str(key))
            _feed(state, value[key])
    elif isinstance(value, set | frozenset):
        _feed(state, sorted(value))
    elif isinstance(value, list | tuple | Items):
        state.update(b"[%d" % len(value))
        for item in value:
            _feed(state, item)
    elif isinstance(value, np.ndarray):
        _feed(state, [str(value.dtype), list(value.shape)])
        state.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, bytes):
        state.update(b"b%d:" % len(value) + value)
    elif value is None or isinstance(value, str | int | float | bool | np.generic):
        text = repr(value.item() if isinstance(value, np.generic) else value).encode()
        state.update(b"s%d:" % len(text) + text)
    else:
        raise TypeError(f"cannot fingerprint a {type(value).__name__}")
