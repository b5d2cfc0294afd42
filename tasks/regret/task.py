"""The task `regret`: people arrive one by one; what does each group lose by an online model?"""

from pathlib import Path

from benchsuite.condition import CLEAN
from benchsuite.perturb.order import arrival, orders
from benchsuite.task import Plug, Task

from .datasets.origins import ORIGINS
from .formats import read_numbers, write_numbers
from .measure import measure
from .metrics import METRICS

_HERE = "benchsuite_tasks.regret"

TASK = Task(
    name="regret",
    version=1,
    summary="online regression: what groups lose above their best models in hindsight",
    measure=measure,
    metrics=METRICS,
    datasets={
        "insurance-mini": Plug("generated people", f"{_HERE}.datasets.mini:insurance_mini"),
        "table": Plug("a table: insurance, adult, your own", "benchsuite.files.tabular:table"),
    },
    models={"hedge": Plug("online ridge regressions, mixed", f"{_HERE}.models.hedge:Hedge")},
    own=Plug(
        "a model of river or scikit-learn, or a function", "benchsuite.learning.incremental:own"
    ),
    conditions=(CLEAN, *orders(5, {"age": "youngest first", "block": "largest group first"})),
    arrival=arrival,
    origins=ORIGINS,
    read_predictions=read_numbers,
    write_predictions=write_numbers,
    conf=Path(__file__).parent / "conf",
)
