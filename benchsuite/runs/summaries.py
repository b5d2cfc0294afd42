"""The estimates of a run: its cells, their means over sets of conditions, and what is lost."""

from collections.abc import Mapping
from itertools import product

from benchsuite.condition import CLEAN
from benchsuite.estimation import Estimate, mean, sampled_mean
from benchsuite.estimation.cells import Group
from benchsuite.runs.cells import Cell
from benchsuite.runs.forms import Form, Key, Place, places_of
from benchsuite.runs.manifest import Manifest


def estimates_of(manifest: Manifest, cells: Mapping[Cell, Estimate]) -> dict[Key, Estimate]:
    """The cells and summaries: means over sets of conditions, relative to clean, drops.

    A cell whose metric the manifest does not name is of a plugin that the last call had no more.
    """
    places = places_of(manifest.known_conditions)
    named = {metric.name for metric in manifest.metrics}
    every = {Key(*cell): estimate for cell, estimate in cells.items()}
    found = {key: estimate for key, estimate in every.items() if key.metric in named}
    about: dict[tuple[Group, str], dict[str, Estimate]] = {}
    for key, estimate in found.items():
        about.setdefault((key.group, key.metric), {})[key.condition] = estimate
    ordered = sorted(about.items(), key=lambda item: (item[0][0].place, item[0][1]))
    drops = _drops(manifest, found)
    sets = [place for place in places.values() if place.members]
    for some, ((group, metric), by_condition) in product(sets, ordered):
        found |= _summaries(by_condition, Key(some.label, group, metric), some)
    return found | drops


def _summaries(cells: Mapping[str, Estimate], here: Key, some: Place) -> dict[Key, Estimate]:
    """The mean over a set of conditions, and its share of clean; `cells` are by condition.

    A mean that others published stands for one of which not all conditions are there.
    """
    if all(condition in cells for condition in some.members):
        parts = [cells[condition] for condition in some.members]
        average = sampled_mean(parts, some.per_cluster) if some.per_cluster else mean(parts)
    elif some.label in cells:
        average = cells[some.label]
    else:
        return {}
    clean = cells.get(CLEAN.full_name)
    relative = {} if clean is None else {here._replace(form=Form.RELATIVE): average / clean}
    return {here: average, **relative}


def _drops(manifest: Manifest, cells: Mapping[Key, Estimate]) -> dict[Key, Estimate]:
    """What is lost from clean to each domain: independent where the samples are unrelated."""
    better = {metric.name: metric.higher_is_better for metric in manifest.metrics}
    kinds = {known.condition: known.kind for known in manifest.known_conditions}
    found: dict[Key, Estimate] = {}
    for key, there in cells.items():
        clean = cells.get(key._replace(condition=CLEAN.full_name))
        if clean is not None and kinds.get(key.condition) == "domain":
            found[key._replace(form=Form.DROP)] = (
                clean - there if better[key.metric] else there - clean
            )
    return found
