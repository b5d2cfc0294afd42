"""How a language model is asked about a query's candidates: the four paradigms.

Each gives an order of all candidates and nothing else, for any answers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from benchsuite.endpoint import Answer

from ..candidates import Candidates
from ..partition import merged, order_of, rounds
from . import answers, heap
from .answers import State


class Read(Protocol):
    """What was read from an answer."""

    @property
    def state(self) -> State: ...


R = TypeVar("R", bound=Read, covariant=True)


class Reading(Protocol[R]):
    """Reads an answer about `number` documents."""

    def __call__(self, answer: Answer, number: int) -> R: ...


@dataclass
class Inquiry:
    """The questions about one query's candidates, and their answers.

    ask: the answer about documents, shown in that order, when they are asked about for the n-th
    time, from 0.   times: how often an unusable answer is asked for.
    states: of every answer.   questions, unread: how many there were, and without a usable answer.
    """

    found: Candidates
    ask: Callable[[Sequence[str], int], Answer]
    times: int
    answers: list[Answer] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    questions: int = 0
    unread: int = 0

    def answer(self, documents: Sequence[str], time: int = 0) -> Answer:
        """The answer about the documents."""
        self.answers.append(self.ask(documents, time))
        return self.answers[-1]

    def read(self, documents: Sequence[str], reading: Reading[R]) -> R:
        """The first usable reading of an answer about the documents; else the last one."""
        for time in range(self.times):
            said = reading(self.answer(documents, time), len(documents))
            self.states.append(said.state)
            if said.state != "unusable":
                break
        self.questions += 1
        self.unread += said.state == "unusable"
        return said


def pointwise(inquiry: Inquiry, reading: Reading[answers.Graded]) -> list[str]:
    """Each candidate by itself."""
    scored = [
        _scores([document], inquiry.read([document], reading)) for document in inquiry.found.shown
    ]
    return order_of(merged(scored), inquiry.found.scores, inquiry.found.key)


def groupwise(inquiry: Inquiry, size: int, number: int) -> list[str]:
    """Grades of groups, averaged over partitions into groups."""
    found = inquiry.found
    scored = [
        _scores(group, inquiry.read(group, _grades))
        for group in rounds(found.shown, size, number, found.key)
    ]
    return order_of(merged(scored), found.scores, found.key)


def _scores(group: Sequence[str], graded: answers.Graded) -> Mapping[str, float]:
    return {group[place]: grade for place, grade in graded.grades.items()}


def _grades(answer: Answer, number: int) -> answers.Graded:
    return answers.grades(answer.text, number, answer.complete)


def listwise(inquiry: Inquiry, window: int, step: int) -> list[str]:
    """Orders of a window that slides from the last candidates to the first."""
    order = list(inquiry.found.shown)
    for start in windows(len(order), window, step):
        part = order[start : start + window]
        said = inquiry.read(part, _order)
        order[start : start + window] = [part[place] for place in said.order]
    return order if inquiry.unread < inquiry.questions else list(inquiry.found.retrieved)


def _order(answer: Answer, number: int) -> answers.Ordered:
    return answers.order(answer.text, number, answer.complete)


def windows(number: int, size: int, step: int) -> list[int]:
    """Where a window of `size` begins that slides by `step`, from the last candidates on."""
    starts = list(range(max(number - size, 0), 0, -step))
    return [*starts, 0] if number else []


def setwise(inquiry: Inquiry, size: int, top: int) -> list[str]:
    """The first `top` candidates by choices among `size`; the others as the first stage has them.

    Where an answer is unusable, the first stage chooses.
    """
    before = inquiry.found.retrieved
    place = {document: rank for rank, document in enumerate(before)}

    def best(documents: Sequence[str]) -> int:
        said = inquiry.read(documents, _choice)
        if said.place is not None:
            return said.place
        return min(range(len(documents)), key=lambda i: place[documents[i]])

    found = heap.first(inquiry.found.shown, top, size, best)
    return [*found, *(document for document in before if document not in set(found))]


def _choice(answer: Answer, number: int) -> answers.Chosen:
    return answers.choice(answer.text, number, answer.complete)
