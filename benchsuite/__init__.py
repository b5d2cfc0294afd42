"""benchsuite: robustness and fairness benchmarks with a paired interval on every number."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchsuite.publish.tables import leaderboard

__all__ = ["__version__", "leaderboard"]


def __getattr__(name: str) -> Any:
    # Loaded on first use: `import benchsuite` must stay light.
    if name == "leaderboard":
        from benchsuite.publish.tables import leaderboard

        return leaderboard
    if name == "__version__":
        from importlib.metadata import version

        return version("benchsuite")
    raise AttributeError(f"module 'benchsuite' has no attribute '{name}'")
