"""How the task's own commands, `python -m benchsuite_tasks.compositional.NAME`, are run."""

from collections.abc import Callable, Sequence

from benchsuite.cli.commands import exit_code
from benchsuite.errors import WrongCall


def run(main: Callable[[list[str]], int], words: Sequence[str], usage: str) -> int:
    """Run a command: what is wrong is one line on stderr, and its error's exit code.

    usage  the arguments; those in brackets may be left out, and `...` stands for more of the last
    """

    def checked() -> int:
        _check(list(words), usage)
        return main(list(words))

    return exit_code(checked)


def _check(words: Sequence[str], usage: str) -> None:
    known = usage.replace("...", "").split()
    least = sum(not name.startswith("[") for name in known)
    if len(words) < least or (len(words) > len(known) and "..." not in usage):
        raise WrongCall(f"usage: {usage}; found {len(words)} arguments")
