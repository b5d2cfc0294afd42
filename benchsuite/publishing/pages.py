"""The page of a board: what was measured and its views, or what others published, with sources."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import pandas as pd

from benchsuite.boards.board import Board
from benchsuite.publishing.ceilings import held
from benchsuite.publishing.escape import in_markdown
from benchsuite.publishing.formats import markdown
from benchsuite.publishing.narrow import narrow
from benchsuite.publishing.rows import everybody, of_form
from benchsuite.publishing.views import (
    VIEWS,
    Names,
    headline_first,
    keys_of,
    names_apart,
    nothing,
    once,
    view,
    without_value,
)
from benchsuite.publishing.words import legend
from benchsuite.runs.forms import Form

BARE: Final = "Others published these numbers, and they have no interval."
WITH_ERRORS: Final = (
    "Others published these numbers. An interval comes from a standard error that they published; "
    "a number without one has none."
)
ELSEWHERE: Final = (
    "A rank is among the rows of one protocol. Numbers of two protocols are not comparable.",
    "Means over conditions, and shares of clean, are computed here from the published numbers.",
)


def page(
    boards: Sequence[Board], found: pd.DataFrame, names: Names, findings: str = "", figure: str = ""
) -> str:
    """The page of one dataset: findings, what was measured, a figure, every view of its table."""
    first = boards[0]
    identity = first.identity
    everybody = found[found["attribute"] == ""]
    clean = everybody[everybody["kind"] == "clean"]
    whole = clean if len(clean) else everybody
    told = [
        f"{int(whole['n'].max())} samples in {int(whole['clusters'].max())} clusters",
        f"{first.comparable['replicates']:,} bootstrap replicates, seed {identity.seed}",
        f"protocol: {identity.protocol or 'the task’s own'}",
        first.manifest.dataset_note,
    ]
    facts = [
        f"{'; '.join(in_markdown(fact) for fact in told if fact)}.",
        "Brackets are 95 % intervals; a rank is the set of ranks that the data does not rule out.",
    ]
    title = f"{identity.task}: {in_markdown(identity.dataset)}"
    drawn = f"![{in_markdown(headline_first(found)[0])} of each model]({figure})" if figure else ""
    tails = [tail.name for tail in first.manifest.tails]
    return _page(title, findings, facts, drawn, _views(found, names, tails))


def page_of_reported(
    found: pd.DataFrame, names: Names, findings: str = "", figure: str = ""
) -> str:
    """The page of numbers of one dataset that were published elsewhere: a section a protocol."""
    title = f"{found['task'].iloc[0]}: {in_markdown(found['dataset'].iloc[0])}, as published"
    sections = _of_protocols(found, names)
    drawn = f"![the published numbers]({figure})" if figure else ""
    return _page(title, findings, [intervals_of_others(found), *ELSEWHERE], drawn, sections)


def intervals_of_others(found: pd.DataFrame) -> str:
    """Where the intervals of published numbers come from, or that they have none."""
    return WITH_ERRORS if found["ci_low"].notna().any() else BARE


def _page(
    title: str, findings: str, facts: Iterable[str], figure: str, sections: Iterable[str]
) -> str:
    head = [f"# {title}", "", *([findings.strip("\n"), ""] if findings else []), *facts, ""]
    lines = [*head, *([figure, ""] if figure else []), *sections]
    return "\n".join(lines).rstrip("\n") + "\n"


def _views(found: pd.DataFrame, names: Names, tails: Sequence[str]) -> Iterator[str]:
    """Every view of the headline, and how groups share its tails."""
    headline = headline_first(found)[0]
    for by in VIEWS:
        for metric in (headline, *(tails if by == "group" else ())):
            yield from _view(found, by, metric, names)


def _view(found: pd.DataFrame, by: str, metric: str, names: Names) -> Iterator[str]:
    everything = by == "overall"
    shown = view(found, by, "" if everything else metric, names)
    left_out = without_value(found) if everything else {}
    yield f"## By {by}" + ("\n" if everything else f": {in_markdown(metric)}\n")
    yield from _tables(once(shown)) if len(shown) else [nothing(by) + "\n"]
    told = [*legend(shown, names, left_out), *held(found, by, [metric])]
    marks = [f"- {in_markdown(line)}" for line in told]
    yield from [*marks, *([""] if marks else [])]


def _tables(shown: pd.DataFrame) -> Iterator[str]:
    """A view as Markdown, in tables that fit a page."""
    for part in narrow(shown):
        yield markdown(part.table)
        if part.left_out:
            yield f"{in_markdown(part.left_out)} See table.parquet.\n"


def _of_protocols(found: pd.DataFrame, names: Names) -> Iterator[str]:
    for protocol, own in found.groupby("protocol", sort=False):
        rows = names_apart(own)
        yield f"## {in_markdown(str(protocol))}\n"
        if len(shown := once(view(rows, "overall", names=names))):
            sources = rows.drop_duplicates("model").set_index("model")["source"]
            shown.insert(keys_of(shown), "source", shown["model"].map(sources))
            yield from _tables(shown)
        if lacking := _without_overall(rows):
            yield f"No overall number: {in_markdown(', '.join(lacking))}.\n"
        yield from _of_groups(rows, names)
        yield from _of_conditions(rows, names)


def _without_overall(rows: pd.DataFrame) -> list[str]:
    """The models without a number for everybody, each with how many groups it has."""
    overall = set(everybody(rows)["model"])
    groups = rows[rows["group"] != ""].groupby("model", sort=False)["group"].nunique()
    return [
        f"{model} ({count} of {groups.max()} groups)"
        for model, count in groups.items()
        if model not in overall
    ]


def _of_groups(rows: pd.DataFrame, names: Names) -> Iterator[str]:
    shown = once(view(rows, "group", names=names))
    if len(shown):
        yield f"### By group: {in_markdown(headline_first(rows)[0])}\n"
        yield from _tables(shown.loc[:, (shown != "").any()])


def _of_conditions(rows: pd.DataFrame, names: Names) -> Iterator[str]:
    """Means over conditions by the headline, and by each metric that has further models."""
    altered = of_form(everybody(rows), Form.VALUE)
    altered = altered[altered["kind"] != "clean"]
    seen: set[str] = set()
    for metric, part in altered.groupby("metric", sort=False):
        if new := set(part["model"]) - seen:
            seen |= new
            shown = view(rows, "robustness", str(metric), names)
            by = "robustness" if len(shown.columns) > keys_of(shown) + 1 else "condition"
            shown = once(view(rows, by, str(metric), names))
            yield f"### By {by}: {in_markdown(str(metric))}\n"
            yield from _tables(shown)
            yield from [*(f"- {in_markdown(line)}" for line in legend(shown, names, {})), ""]
