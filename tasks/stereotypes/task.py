"""The task `stereotypes`: does a language model prefer stereotypes, and more so if compressed?"""

from pathlib import Path

from benchsuite.condition import CLEAN
from benchsuite.files.choices import write_choices
from benchsuite.learning.rounding import conditions
from benchsuite.task import Plug, Task

from .datasets.bbq import read_predictions
from .datasets.origins import ORIGINS
from .measure import measure
from .metrics import PAIRS

_HERE = "benchsuite_tasks.stereotypes.datasets"

TASK = Task(
    name="stereotypes",
    version=1,
    summary="language models: stereotyped preferences, BBQ's bias scores, rounded weights",
    measure=measure,
    metrics=PAIRS,
    datasets={
        "pairs-mini": Plug("270 generated pairs", f"{_HERE}.mini:pairs_mini"),
        "crows-pairs": Plug("CrowS-Pairs, or pairs of your own", f"{_HERE}.pairs:crows_pairs"),
        "bbq": Plug("BBQ, JSON lines in a folder", f"{_HERE}.bbq:bbq"),
    },
    models={
        "bigram": Plug("bigrams of the generated language", f"{_HERE}.mini:bigram"),
        "causal-lm": Plug("one by transformers", "benchsuite.learning.speaking:CausalLM"),
    },
    own=Plug("a function of texts, or (network, tokenizer)", "benchsuite.learning.speaking:Own"),
    conditions=(CLEAN, *conditions()),
    origins=ORIGINS,
    chance={"stereotyped": 0.5, "log_odds_gap": 0.0, "accuracy": 1 / 3},
    read_predictions=read_predictions,
    write_predictions=write_choices,
    conf=Path(__file__).parent / "conf",
    extra="stereotypes",
)
