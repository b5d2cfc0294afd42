"""What a gate says of answers of servers that were kept from before a run.

Such answers are of the model that stood behind the address then. A gate that passes on them alone
says nothing of the one that stands there now, unless its revision is stated.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from benchsuite.errors import some_of
from benchsuite.estimation.wording import worded
from benchsuite.gates.verdict import JudgedT, Outcome, Verdict
from benchsuite.runs.answers import notes
from benchsuite.runs.statistics import Statistics

ANEW = "model.cache=off in another folder of results asks for all of them again"


def of_another_model(runs: Iterable[Statistics]) -> Iterator[str]:
    """The runs whose kept answers are of a model that the server no longer claims to be."""
    for run in runs:
        there, here = run.answers.kept_of, run.answers.asked_of
        if there and here and not {*there} & {*here}:
            yield (
                f"{run.path}: {worded(notes(run.answers))}, of {some_of(there)}; the server says "
                f"that it is {some_of(here)}: {ANEW}"
            )


def with_kept(outcome: Outcome[JudgedT], runs: Sequence[Statistics]) -> Outcome[JudgedT]:
    """The outcome, with a remark on each run that used kept answers.

    PASS becomes INCONCLUSIVE where the model of a run was not asked at all, and none of its
    answers has a stated revision.
    """
    said = [f"{r.path}: {worded(notes(r.answers))}" for r in runs if r.answers.kept]
    found = replace(outcome, remarks=(*outcome.remarks, *said))
    unasked = [r for r in runs if r.answers.unstated and not r.answers.asked]
    if outcome.verdict != Verdict.PASS or not unasked:
        return found
    reason = (
        f"{outcome.reason}; but the model of {unasked[0].path} was not asked: "
        f"{worded(notes(unasked[0].answers))}; {ANEW}, model.revision=NAME states whose they are"
    )
    return replace(found, verdict=Verdict.INCONCLUSIVE, reason=reason)
