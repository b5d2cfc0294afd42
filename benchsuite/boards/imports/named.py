"""Numbers in the words of others, as numbers in those of a task."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import fsum

from benchsuite.boards.imports.numbers import Found, LeftOut, Number, gathered
from benchsuite.boards.imports.vocabulary import Vocabulary
from benchsuite.errors import BadData
from benchsuite.estimation import MacroMean
from benchsuite.task import Task

UNTOLD = "the file does not say whether more of it is better; --task NAME names a task that does"


def named(found: Found, words: Vocabulary) -> Found:
    """The numbers in the words of a task, with the means over parts that it defines.

    A number is left out if the task has no such metric, or the user maps its name to nothing.
    Raises BadData if two numbers of one cell differ.
    """
    made = gathered(_named(one, words) for one in found.numbers)
    own = once(made.numbers)
    means = list(_means(own, words.task))
    datasets = ", ".join(dict.fromkeys(one.dataset for one in means))
    remark = [f"overall of {datasets}: the mean of its parts, computed here"] if means else []
    return Found((*own, *means), (*found.left_out, *made.left_out), (*found.remarks, *remark))


def declared(found: Found) -> Found:
    """The numbers of a task that is not installed: those whose metrics say what is better.

    Raises BadData if two numbers of one cell differ.
    """
    made = gathered(
        LeftOut(one.metric, UNTOLD) if one.higher_is_better is None else one
        for one in found.numbers
    )
    return Found(once(made.numbers), (*found.left_out, *made.left_out), found.remarks)


def _named(one: Number, words: Vocabulary) -> Number | LeftOut:
    mapped = words.mapped
    for key, theirs, known in (
        ("model", one.model, mapped.model),
        ("dataset", one.dataset, mapped.dataset),
        ("metric", one.metric, mapped.metric),
    ):
        if known.get(theirs, theirs) == "":
            return LeftOut(f"{key} {theirs}", "--map maps it to nothing")
    if not (metric := words.metric(one.metric)):
        return LeftOut(one.metric, words.no_metric)
    made = replace(one, metric=metric, model=mapped.model.get(one.model, one.model))
    if ours := mapped.dataset.get(one.dataset):
        return replace(made, dataset=ours)
    names = one.names or (one.dataset,)
    if not (part := words.part(*names)):
        return made
    known_as, count = part
    rest = (one.attribute, one.group) if count < len(names) or not one.names else ("", "")
    attribute, group = (known_as.attribute, known_as.group) if known_as.group else rest
    return replace(
        made, dataset=known_as.dataset, attribute=attribute, group=group,
        protocol=known_as.protocol or one.protocol,
    )  # fmt: skip


Cell = tuple[str, ...]


def _cell(one: Number) -> Cell:
    about = (one.model, one.dataset, one.metric, one.protocol)
    return (*about, one.condition, one.attribute, one.group)


def once(numbers: Iterable[Number]) -> tuple[Number, ...]:
    """The numbers, each cell once. Raises BadData if two of one cell differ."""
    found: dict[Cell, Number] = {}
    for one in numbers:
        first = found.setdefault(_cell(one), one)
        if first.value != one.value:
            raise BadData(
                f"{one.where}: model '{one.model}': found {one.value} after {first.value} of "
                f"{first.where}; import one of them, or tell them apart: --map model:NAME=OTHER"
            )
    return tuple(found.values())


def _means(numbers: Sequence[Number], task: Task) -> Iterator[Number]:
    """The overall number of each model that has every part of a dataset and no overall one.

    The metric has to be the mean over these parts. Its standard error is not known.
    """
    strata = {one.name: one.stratum for one in task.metrics if isinstance(one, MacroMean)}
    whole = {_cell(one) for one in numbers if not one.attribute}
    parts: dict[Cell, dict[str, Number]] = {}
    for one in numbers:
        if one.attribute and strata.get(one.metric) == one.attribute:
            parts.setdefault(_cell(_overall(one)), {})[one.group] = one
    for cell, own in parts.items():
        first = next(iter(own.values()))
        if cell not in whole and own.keys() == _parts_of(first, task):
            yield replace(_overall(first), value=fsum(one.value for one in own.values()) / len(own))


def _overall(one: Number) -> Number:
    return replace(one, attribute="", group="", stderr=None, n=None)


def _parts_of(one: Number, task: Task) -> set[str]:
    """All the parts of a number's dataset by its attribute, as its source has them."""
    return {
        part.group
        for part in task.elsewhere.values()
        if part.group and (part.dataset, part.attribute) == (one.dataset, one.attribute)
        if part.protocol in ("", one.protocol)
    }
