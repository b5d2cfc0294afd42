"""The task `answers`: how often sampled answers are right.

A sample is a question: `question`, and perhaps `temperature`. Its truth is the right answer, or
None. A prediction is the n answers sampled for it: texts, or `Sampled`.
"""

from pathlib import Path

from benchsuite.condition import CLEAN
from benchsuite.perturb import temperature
from benchsuite.task import Access, Origin, Part, Plug, Task

from .formats import read_predictions
from .measure import measure
from .metrics import KS, metrics_of
from .reports.look import look

_HERE = "benchsuite_tasks.answers"

TASK = Task(
    name="answers",
    version=1,
    summary="accuracy of sampled answers: avg@k, pass@k, maj@k",
    measure=measure,
    metrics=metrics_of(KS),
    datasets={
        "sums-mini": Plug("generated chains of sums", f"{_HERE}.datasets.mini:sums_mini"),
        "questions": Plug("those of a file", f"{_HERE}.datasets.questions:questions"),
    },
    origins={
        "sums-mini": Origin("generated chains of sums", "Apache-2.0", Access.INCLUDED, public=True),
        "questions": Origin(
            "questions of your own, or a file of sampled answers", "your own", Access.OWN,
            layout=(Part("*", "JSON lines or CSV: id, question, answer, subject, difficulty"),),
        ),
    },
    models={"slips": Plug("a toy solver that slips", f"{_HERE}.models.solvers:slips")},
    own=Plug("a function of a question, one sampled answer a call", f"{_HERE}.models.solvers:own"),
    conditions=(CLEAN, *temperature.conditions()),
    read_predictions=read_predictions,
    predictions_in_parts=True,
    look=look,
    conf=Path(__file__).parent / "conf",
)  # fmt: skip
