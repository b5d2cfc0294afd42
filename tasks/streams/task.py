"""The task `streams`: people arrive one by one; a model says a probability, and then learns."""

from pathlib import Path

from benchsuite.condition import CLEAN
from benchsuite.perturb.drift import DRIFTS
from benchsuite.perturb.order import arrival, orders
from benchsuite.task import Plug, Task

from .datasets.origins import ORIGINS
from .formats import read_answers, write_numbers
from .measure import measure
from .metrics import METRICS, OVER_TIME

_HERE = "benchsuite_tasks.streams"

TASK = Task(
    name="streams",
    version=1,
    summary="fairness of online learners over time: accuracy, demographic parity, opportunity",
    measure=measure,
    metrics=METRICS,
    datasets={
        "applicants-mini": Plug("generated people", f"{_HERE}.datasets.mini:applicants_mini"),
        "table": Plug("a CSV file: Adult, COMPAS, your own", "benchsuite.files.tabular:table"),
    },
    models={
        "aranyani": Plug("a fair forest of oblique trees", f"{_HERE}.models.forest:Aranyani"),
        "reductions": Plug("fairlearn's, fitted anew", f"{_HERE}.models.reductions:reductions"),
    },
    own=Plug("river's, scikit-learn's", "benchsuite.learning.incremental:classifier"),
    conditions=(CLEAN, *orders(3, {"age": "youngest first", "sex": "larger group first"}), *DRIFTS),
    arrival=arrival,
    origins=ORIGINS,
    read_predictions=read_answers,
    write_predictions=write_numbers,
    draw=OVER_TIME,
    conf=Path(__file__).parent / "conf",
    extra="streams",
)
