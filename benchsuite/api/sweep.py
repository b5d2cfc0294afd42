"""Sweeps: one call as many, by Hydra's grammar; in this process, or by one of Hydra's launchers."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice, product
from math import prod
from pathlib import Path
from typing import Any, Final

from hydra import initialize_config_module
from hydra._internal.callbacks import Callbacks
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.types import HydraContext, RunMode, TaskFunction
from omegaconf import DictConfig, OmegaConf

from benchsuite.api.words import in_hydra, word_of
from benchsuite.errors import NotAvailable, WrongCall, flat, install_command, near, placed
from benchsuite.files.write import writing

MOST_RUNS: Final = 10_000
"""Of one call."""
LAUNCHER: Final = "hydra/launcher"


def swept(words: Sequence[str]) -> list[list[str]]:
    """The words of each job: a word with several values, as `seed=1,2`, is one in each of them.

    `${seed}` in a word is the job's own value of that key. `conditions=a,b` stays one word, since
    it asks for one run. Raises WrongCall for more than MOST_RUNS jobs.
    """
    choices = [_choices(word) for word in words]
    if (jobs := prod(map(len, choices))) > MOST_RUNS:
        raise WrongCall(f"expected at most {MOST_RUNS} runs in one call, found {jobs}")
    return [_filled_in(job) for job in product(*choices)]


def _choices(word: str) -> list[str]:
    override = _override(word)
    if override is None or override.key_or_group == "conditions":
        return [word]
    many = islice(override.sweep_string_iterator(), MOST_RUNS + 1)
    return [f"{override.get_key_element()}={one}" for one in many]


def _override(word: str) -> Override | None:
    """The word as Hydra reads it, if it is one that has several values."""
    with suppress(HydraException):
        if "=" in word and not word.startswith("-"):
            found = OverridesParser.create().parse_override(in_hydra(word))
            return found if found.is_sweep_override() and "glob(" not in word else None
    return None


def _filled_in(job: Sequence[str]) -> list[str]:
    said = {key: value for key, sign, value in (word.partition("=") for word in job) if sign}
    return [re.sub(r"\$\{([\w.]+)\}", lambda m: said.get(m[1], m[0]), word) for word in job]


def launched(
    jobs: Sequence[Sequence[str]], words: Sequence[str], task: TaskFunction, folder: Path
) -> list[Any]:
    """What `task` returns for each job, in their order, run by the launcher that `words` choose.

    `task` gets the configuration `conf/launch.yaml` with the job's words in it. Jobs that run
    elsewhere leave their logs in `folder`. Raises WrongCall for a setting of Hydra that does not
    exist, NotAvailable for a launcher that cannot work here.
    """
    with _configured([word_of("hydra.sweep.dir", folder), *words]) as (context, config):
        logs = Path(config.hydra.sweep.dir)
        with writing(logs):
            logs.mkdir(parents=True, exist_ok=True)
        try:
            launcher = Plugins.instance().instantiate_launcher(context, task, config)
            done = launcher.launch([[word_of("words", job)] for job in jobs], initial_job_idx=0)
            return [one.return_value for one in done]
        except Exception as error:  # of a launcher's own: no Slurm here, no such partition
            raise NotAvailable(f"hydra/launcher: {placed(error)}") from error
        finally:
            with suppress(OSError):
                logs.rmdir()  # where no job left a log


def launch_yaml(words: Sequence[str]) -> str:
    """The settings of Hydra for a sweep, its launcher's too, as YAML."""
    with _configured(words) as (_, config):
        return str(OmegaConf.to_yaml(OmegaConf.masked_copy(config, ["hydra"])))


def launchers() -> list[str]:
    """The installed launchers."""
    Plugins.instance()  # which imports them
    return sorted(one.removesuffix(".yaml") for one in ConfigStore.instance().list(LAUNCHER))


@contextmanager
def _configured(words: Sequence[str]) -> Iterator[tuple[HydraContext, DictConfig]]:
    GlobalHydra.instance().clear()
    with initialize_config_module("benchsuite.conf", version_base="1.3"):
        hydra = GlobalHydra.instance().hydra
        assert hydra is not None  # noqa: S101 - this context made it
        _check_launcher(words)
        try:
            config = hydra.compose_config("launch", [*words], RunMode.MULTIRUN, from_shell=False)
        except HydraException as error:
            raise WrongCall(f"{flat(error)}; --cfg hydra shows what there is") from error
        yield HydraContext(hydra.config_loader, Callbacks(config)), config


def _check_launcher(words: Sequence[str]) -> None:
    for key, _, name in (word.partition("=") for word in words):
        if key == LAUNCHER and name not in (known := launchers()):
            more = install_command("benchsuite[launchers]")
            raise WrongCall(f"no launcher is called '{name}'{near(name, known)}: {more}")
