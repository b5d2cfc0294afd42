"""Rows whose model gave answers that could not be read."""

from typing import Final

from benchsuite.estimation import Code, Estimate, Notes, note

MOST_UNREAD: Final = 0.1
"""The largest share of questions without a usable answer with which a row is ranked: beyond it, a
row says too much of what the task does without an answer, such as keep the first stage's order."""


def is_ranked(estimate: Estimate) -> bool:
    """Whether enough answers were read, in every part of the estimate, for its row to be ranked."""
    counts = [one.arguments for one in estimate.notes if one.code == Code.UNREAD]
    return all(float(unread) <= MOST_UNREAD * float(asked) for unread, asked in counts)


def why_not_ranked(estimate: Estimate) -> Notes:
    """That the row is not ranked for its answers; nothing where it is."""
    return () if is_ranked(estimate) else note(Code.NOT_RANKED, MOST_UNREAD)
