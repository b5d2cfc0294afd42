"""The task `stereotypes`: see the page beside this file."""

from pathlib import Path

from benchsuite.condition import CLEAN
from benchsuite.learning.rounding import conditions
from benchsuite.task import Plug, Task

from .formats import read_predictions, write_predictions
from .measure import measure
from .metrics import CHANCE, PAIRS

_HERE = "benchsuite_tasks.stereotypes"

TASK = Task(
    name="stereotypes",
    version=1,
    summary="does a language model prefer stereotypes, and more so once it is compressed?",
    measure=measure,
    metrics=PAIRS,
    datasets={
        "pairs-mini": Plug(
            "360 generated pairs on invented peoples", f"{_HERE}.datasets.mini:pairs_mini"
        ),
        "crows-pairs": Plug(
            "CrowS-Pairs, or pairs of your own: a CSV", f"{_HERE}.datasets.pairs:crows_pairs"
        ),
        "bbq": Plug("BBQ, JSON lines in a folder", f"{_HERE}.datasets.bbq:bbq"),
    },
    models={
        "bigram": Plug("exact bigrams of the generated language", f"{_HERE}.models.bigram:Bigram"),
        "causal-lm": Plug(
            "a causal language model by transformers, rounded or not",
            f"{_HERE}.models.causal:CausalLM",
        ),
    },
    own=Plug("a function of texts, or (network, tokenizer)", f"{_HERE}.models.own:Own"),
    conditions=(CLEAN, *conditions()),
    chance=CHANCE,
    read_predictions=read_predictions,
    write_predictions=write_predictions,
    conf=Path(__file__).parent / "conf",
    extra="stereotypes",
)
