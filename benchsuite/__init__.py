"""benchsuite: robustness and fairness benchmarks with a paired interval on every number."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchsuite.boards.table import leaderboard

__version__ = "0.1.0"
__all__ = ["leaderboard"]


def __getattr__(name: str) -> Any:
    # Loaded on first use: `import benchsuite` must stay light.
    if name == "leaderboard":
        from benchsuite.boards.table import leaderboard

        return leaderboard
    raise AttributeError(f"module 'benchsuite' has no attribute '{name}'")
