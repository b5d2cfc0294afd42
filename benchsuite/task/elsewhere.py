"""What a dataset of others is among a task's datasets."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Elsewhere:
    """A dataset, or a part of one, that others call by another name.

    dataset           what it is called here
    attribute, group  of which group it is, where it is a part
    protocol          how its numbers are obtained there, where that is not how a run does it
    """

    dataset: str
    attribute: str = ""
    group: str = ""
    protocol: str = ""
