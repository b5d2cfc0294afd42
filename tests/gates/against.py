"""A new model against the best of a board whose models are all as good as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchsuite.boards.best import best_of
from benchsuite.gates.policy import Policy
from benchsuite.gates.regression import gate
from benchsuite.gates.verdict import Verdict
from tests.estimation.scenarios import draws
from tests.estimation.shown import ANY, Row, Rows, share
from tests.gates.made import SCORE, TASK, statistics

EXPECTED = {True: (0.0, 0.05), False: ANY}


def against(runs: int, seed: int) -> Rows:
    for models in (4, 12):
        for shared in (True, False):
            failed = []
            case = f"{models} models, {'alpha / m' if shared else 'the whole alpha'}"
            for draw in draws(runs, seed, f"{models} models"):
                scores = draw.rng.normal(0.6, 0.1, (100, 1))
                noise = draw.rng.normal(0, 0.05, (models + 1, 100, 3))
                new, *board = (
                    _of(k, scores + one, f"{models} {draw.run}") for k, one in enumerate(noise)
                )
                best = best_of(board, new, SCORE)
                assert best is not None
                alpha = 0.05 / best.among if shared else 0.05
                pairs, policy = [(best.run, new)], Policy(replicates=1000, alpha=alpha)
                failed.append(gate(pairs, {TASK: (SCORE,)}, policy).verdict == Verdict.FAIL)
            yield Row(
                "as good as all of a board: the gate fails", case, share(failed), runs,
                EXPECTED[shared],
            )  # fmt: skip


def _of(number: int, scores, population: str):  # type: ignore[no-untyped-def]
    """A run of a model of its own."""
    made = statistics(scores, population=population)
    identity = replace(made.identity, model=f"m{number}", model_fingerprint=str(number))
    manifest = replace(made.manifest, identity=identity, run_id=identity.run_id)
    return replace(made, manifest=manifest, path=Path(identity.model))
