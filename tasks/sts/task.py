"""The task `sts`: score pairs of sentences by how alike their meanings are, as people do."""

from pathlib import Path

from benchsuite.condition import CLEAN, of_each
from benchsuite.perturb import text
from benchsuite.task import Plug, Task

from .datasets.files import ORIGINS
from .formats import read_numbers, write_numbers
from .measure import measure
from .metrics import METRICS
from .reports.look import look

_HERE = "benchsuite_tasks.sts"

TASK = Task(
    name="sts",
    version=1,
    summary="semantic textual similarity: rank correlation of a model's scores with people's",
    measure=measure,
    metrics=METRICS,
    datasets={
        "sts-mini": Plug("generated pairs of sentences", f"{_HERE}.datasets.mini:sts_mini"),
        "sts": Plug("STS, SICK-R or your own: dataset.path=DIR", f"{_HERE}.datasets.files:sts"),
    },
    origins=ORIGINS,
    models={
        "jaccard": Plug("the share of common words", f"{_HERE}.models.scorers:jaccard"),
        "minilm": Plug("all-MiniLM-L6-v2, whitened or not", f"{_HERE}.models.scorers:minilm"),
    },
    own=Plug("an encoder of sentences, or a score of pairs", f"{_HERE}.models.scorers:own"),
    conditions=(CLEAN, *of_each(text.conditions("sentences"))),
    read_predictions=read_numbers,
    write_predictions=write_numbers,
    look=look,
    conf=Path(__file__).parent / "conf",
    extra="sts",
    chance={metric.name: 0.0 for metric in METRICS},
)
