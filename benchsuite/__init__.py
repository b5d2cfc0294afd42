"""benchsuite: robustness and fairness benchmarks with a paired interval on every number."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchsuite.api.baselines import accept, baseline_diff, baselines
    from benchsuite.api.compared import Comparison, compare
    from benchsuite.api.evaluate import evaluate
    from benchsuite.api.finished import Run, load_run
    from benchsuite.api.history import history
    from benchsuite.api.judged import equity, gate
    from benchsuite.api.newcomer import gate_against
    from benchsuite.api.planned import gate_plan
    from benchsuite.gates.policy import Policy
    from benchsuite.publishing.folder import published as publish
    from benchsuite.publishing.tables import leaderboard
    from benchsuite.task import load_task, tasks

__all__ = [
    "Comparison", "Policy", "Run", "__version__", "accept", "baseline_diff", "baselines",
    "compare", "equity", "evaluate", "gate", "gate_against", "gate_plan", "history",
    "leaderboard", "load_run", "load_task", "publish", "tasks",
]  # fmt: skip

_PLACES = {
    "accept": "benchsuite.api.baselines:accept",
    "baseline_diff": "benchsuite.api.baselines:baseline_diff",
    "baselines": "benchsuite.api.baselines:baselines",
    "Comparison": "benchsuite.api.compared:Comparison",
    "compare": "benchsuite.api.compared:compare",
    "equity": "benchsuite.api.judged:equity",
    "gate": "benchsuite.api.judged:gate",
    "gate_against": "benchsuite.api.newcomer:gate_against",
    "gate_plan": "benchsuite.api.planned:gate_plan",
    "history": "benchsuite.api.history:history",
    "evaluate": "benchsuite.api.evaluate:evaluate",
    "Run": "benchsuite.api.finished:Run",
    "load_run": "benchsuite.api.finished:load_run",
    "Policy": "benchsuite.gates.policy:Policy",
    "publish": "benchsuite.publishing.folder:published",
    "leaderboard": "benchsuite.publishing.tables:leaderboard",
    "load_task": "benchsuite.task:load_task",
    "tasks": "benchsuite.task:tasks",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use: `import benchsuite` must stay light.
    if name in _PLACES:
        module, _, attribute = _PLACES[name].partition(":")
        return getattr(import_module(module), attribute)
    if name == "__version__":
        from importlib.metadata import version

        return version("benchsuite")
    raise AttributeError(f"module 'benchsuite' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
