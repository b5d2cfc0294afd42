"""Notes: what the reader of a number has to know, as codes with arguments.

A note is data. Code compares codes and never reads text; `wording` words them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """The kinds of notes; the comment names the arguments."""

    EMPTY = "empty"
    MISSING = "missing"  # samples without a value, samples
    UNREAD = "unread"  # questions without a usable answer, questions
    UNKEPT = "unkept"  # runs of a board of which it keeps no statistics
    NOT_RANKED = "not ranked"  # the most questions without one that are ranked, a share
    NO_VALUE = "no value"
    NO_DENOMINATOR = "no denominator"
    PART_OF_STRATA = "part of strata"  # strata with members, strata
    LONELY_STRATA = "lonely strata"  # strata of a single cluster
    TOO_FEW_CLUSTERS = "too few clusters"
    NO_INTERVAL = "no interval"  # clusters, the least number of them
    SHORT_TAIL = "short tail"  # effective clusters in the tail, clusters, the least number of them
    NO_REPLICATES = "no replicates"
    UNDEFINED_SHARE = "undefined share"  # share of the replicates
    UNDEFINED = "undefined"  # undefined replicates, replicates
    NO_VARIATION = "no variation"
    FEW_CLUSTERS = "few clusters"  # clusters
    FEW_SKEWED = "few clusters, skewed"  # clusters
    UNEQUAL_CLUSTERS = "unequal clusters"  # their effective number, clusters
    FEW_IN_GROUP = "few clusters in a group"  # clusters of the smallest group
    TWO_TRAININGS = "two trainings"
    SEEDS_OWN = "seeds' own spread"
    SEEDS_POOLED = "seeds' pooled spread"  # recipes
    SINGLE_GROUP = "single group"
    NO_SCORE = "no overall score"
    NEGATIVE = "negative"
    NO_RATIO = "no ratio"
    FIXED_SIGNS = "fixed signs"  # groups, the least |z| of them
    SIGNS = "signs"  # clusters that are worse, and better
    SMALL_DROP = "small drop"
    TOO_FEW_TO_SHOW = "too few to show"  # clusters
    LEFT_OUT = "left out"  # groups without a value or of too few clusters
    UNPREDICTED = "unpredicted"  # what a prediction or truth lacks, samples without it, samples
    NO_OBJECT = "no object"
    CAPPED = "capped"  # samples of more objects than count, samples, most objects, cap, ceiling
    CEILINGS = "ceilings"  # groups whose score has a ceiling
    FEW_SAMPLES = "few samples"  # the least number that is trusted
    RARE_CLASSES = "rare classes"  # classes of too few objects
    SAID = "said"  # a plugin's own words
    FAILED = "failed"  # an error of a plugin's code
    TRAININGS = "trainings"  # trainings of which this is the mean
    RANKED = "ranked"  # the set's name, its rows
    OVER_LINE = "over line"  # the set's name, its rows
    INCOMPLETE = "incomplete"  # conditions measured, conditions of the set
    SAMPLED = "sampled"  # conditions under which a cluster was measured, conditions
    STOPPED = "stopped"  # the share of the samples that was measured, looks at the results
    CHANGED = "changed"  # what changed while the run was made
    KEPT = "kept"  # answers of a server from before the run, answers
    NOT_TAKEN = "not taken"  # a setting that a server did not take
    IS_CEILING = "is ceiling"
    FALLS_SHORT = "falls short"
    IS_NULL = "is null"
    IS_FAIR = "is fair"
    ES_ALPHA = "es alpha"  # α of an equity-scaled score, where it is not 1
    IS_GAP_MDE = "is gap mde"
    IS_SHRUNKEN = "is shrunken"
    AS_PUBLISHED = "as published"
    REPORTED_ERROR = "reported error"  # the standard error that others published
    IS_MDE = "is mde"  # rows that it is compared with


DISTRUST = frozenset({Code.FEW_CLUSTERS, Code.FEW_SKEWED, Code.UNEQUAL_CLUSTERS, Code.FEW_IN_GROUP})
"""Codes of intervals that are not to be trusted."""


@dataclass(frozen=True)
class Note:
    """One note."""

    code: Code
    arguments: tuple[str | int | float, ...] = ()


Notes = tuple[Note, ...]


def note(code: Code, *arguments: str | float) -> Notes:
    """A single note."""
    return (Note(code, arguments),)


def join_notes(several: Iterable[Notes]) -> Notes:
    """All notes, each once, in the order of their first appearance."""
    return tuple(dict.fromkeys(one for notes in several for one in notes))


def encoded(notes: Notes) -> str:
    """Notes as JSON text; '' for none."""
    return json.dumps([[one.code.value, *one.arguments] for one in notes]) if notes else ""


def decoded(text: str) -> Notes:
    """The notes that `encoded` wrote."""
    return tuple(Note(Code(code), tuple(rest)) for code, *rest in json.loads(text or "[]"))
