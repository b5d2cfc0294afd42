"""What Hydra's users know: `--multirun`, `--cfg job`, and `--help` with the choices of each group.

Every command imports what it needs when it runs, so that `benchsuite --help` stays light.
"""

import argparse
import textwrap
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from benchsuite.cli.output import out, say
from benchsuite.cli.results import results_folder
from benchsuite.errors import Exit

MULTIRUN: Final = ("--multirun", "-m")
CFG: Final = ("--cfg", "-c")
HELP: Final = ("--help", "-h")
OWN: Final = ("cfg", "command", "debug", "multirun")
"""What `--cfg` leaves out: it says nothing of what a command does."""


def declare_conventions(sub: argparse.ArgumentParser) -> None:
    """The flags that every command has."""
    sub.add_argument(*MULTIRUN, action="store_true", help="once for each value of any comma list")
    sub.add_argument(
        *CFG, choices=("job", "hydra", "all"), default="",
        help="print the configuration, of the job or of its launcher, and do nothing",
    )  # fmt: skip


def flags_first(words: Sequence[str]) -> list[str]:
    """The words with the flags that every command has behind the command, wherever they were."""
    flags: list[str] = []
    plain: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in CFG:
            flags += [word, *islice(rest, 1)]
        elif word in (*MULTIRUN, "--debug") or word.startswith(f"{CFG[0]}="):
            flags.append(word)
        else:
            plain.append(word)
    return [*plain[:1], *flags, *plain[1:]]


def asks_for_help(words: Sequence[str]) -> bool:
    """Whether the words ask what a command takes."""
    return not {*words}.isdisjoint(HELP)


def is_sweep(words: Sequence[str]) -> bool:
    """Whether the words ask for a command several times. `run` alone does so by itself."""
    by_itself = words[:1] == ["run"] and not any(map(_of_hydra, words))
    shows = asks_for_help(words) or any(word.startswith(CFG) for word in words)
    return not {*words}.isdisjoint(MULTIRUN) and not (shows or by_itself)


def _of_hydra(word: str) -> bool:
    """Whether a word says how a sweep is launched: `hydra/launcher=NAME`, `+hydra.KEY=VALUE`."""
    return word.lstrip("+~").startswith(("hydra/", "hydra."))


def sweep(
    words: Sequence[str],
    here: Callable[[Sequence[str]], int],
    there: Callable[[Any], tuple[int, str]],
) -> Exit:
    """Run a command for each combination of values, and return the worst exit code.

    here   runs one of them in this process
    there  runs one where a launcher of Hydra starts it, by `conf/launch.yaml`; returns its exit
           code, and what it printed
    """
    from benchsuite.api.config import settings
    from benchsuite.api.sweep import launched, swept

    plain = [word for word in words if word not in MULTIRUN]
    own = [*filter(_of_hydra, plain)]
    jobs = swept([word for word in plain if word not in own])
    if plain[0] == "run":  # a wrong word is said before anything runs
        for _, *job in jobs:
            settings([word for word in job if not word.startswith("-")])
    codes: list[Exit] = []
    if not own:
        for job in jobs:
            codes.append(Exit(here(job)))
            if codes[-1] is Exit.INTERRUPTED:
                break
        return max(codes)
    for job, (code, shown) in zip(jobs, launched(jobs, own, there, _logs(jobs)), strict=True):
        if shown:
            out(shown)
        codes.append(say(f"{' '.join(job)}: ended with {code}", Exit(code)) if code else Exit.DONE)
    return max(codes)


def _logs(jobs: Sequence[Sequence[str]]) -> Path:
    """The folder for what a launcher writes: in the results folder, where the jobs share one."""
    given = {word.partition("=")[2] for job in jobs for word in job if word.startswith("results=")}
    return results_folder(given.pop() if len(given) == 1 else None) / ".sweep"


def show_config(arguments: argparse.Namespace) -> Exit:
    """Print what a command would do, as YAML."""
    from benchsuite.api.sweep import launch_yaml

    words = getattr(arguments, "overrides", None) or []
    own = [*filter(_of_hydra, words)]
    if arguments.cfg != "hydra":
        out(_job_yaml(arguments, [word for word in words if word not in own]))
    if arguments.cfg != "job":
        out(launch_yaml(own))
    return Exit.DONE


def _job_yaml(arguments: argparse.Namespace, words: Sequence[str]) -> str:
    import yaml

    from benchsuite.api.config import as_yaml
    from benchsuite.cli.commands import with_defaults

    if arguments.command == "run":
        return as_yaml(words, arguments.multirun)
    if arguments.command == "bench":
        return as_yaml(with_defaults(words))
    said = {key: value for key, value in vars(arguments).items() if key not in OWN}
    return yaml.safe_dump(_plain(said), sort_keys=False, allow_unicode=True)


def _plain(value: Any) -> Any:
    """The value as YAML has it."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def groups(words: Sequence[str]) -> str:
    """The choices of each group of settings; of the task that the words name, or of every task."""
    from benchsuite.api.sweep import LAUNCHER, launchers
    from benchsuite.cli.vocabulary import vocabulary
    from benchsuite.runs.engine import ENGINES

    known = vocabulary().tasks
    named = [word.removeprefix("task=") for word in words if word.startswith("task=")]
    lines = [("task", known), ("engine", ENGINES), (LAUNCHER, launchers())]
    for task in named if {*named} <= {*known} and named else known:
        mine = known[task]
        lines += [(f"{task}: dataset", mine.dataset), (f"{task}: model", mine.model)]
        lines += [(f"{task}: conditions", mine.conditions)] if named else []
    folded = [_folded(f"{name}: {', '.join(several)}") for name, several in lines]
    return "\n".join(["choices:", *folded])


def _folded(line: str) -> str:
    return textwrap.fill(
        line, 96, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False,
        break_long_words=False,
    )  # fmt: skip
