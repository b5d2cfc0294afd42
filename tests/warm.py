"""A warm Python: it has loaded what commands load, and forks, so that a call costs its own work.

A fork is a process of its own: it has its own folder, environment, path, output and exit code, and
it can be killed. Only the start of Python is missing, and all forks share the seed of its hashes. A
test of these starts a real process. Where libraries do not outlive a fork, every call is one.
"""

import atexit
import gc
import json
import os
import runpy
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import numpy as np

from benchsuite.estimation import Weights

ROOT = Path(__file__).parents[1]
FORKS = sys.platform == "linux"
LOADED = (
    "benchsuite.cli.parser", "benchsuite.api.evaluate", "benchsuite.publishing.site.build",
    "benchsuite.runs.evaluate", "hydra._internal.hydra", "pyarrow.dataset", "pyarrow.parquet",
    "scipy.stats", "tests.toys",
    *(f"benchsuite_tasks.{path.parent.name}.task" for path in sorted(ROOT.glob("tasks/*/task.py"))),
)  # fmt: skip
"""None of these begins a thread of Python: a fork has the calling thread alone."""


@dataclass(frozen=True)
class Started:
    """A module that runs. No other is started before it has ended."""

    pid: int
    words: Sequence[str]
    folder: TemporaryDirectory[str]
    codes: BinaryIO

    def ended(self, within: float) -> bool:
        """Whether it has ended, or does so within these seconds."""
        return bool(select.select([self.codes], [], [], within)[0])

    def kill(self) -> None:
        """Kill it, unless it has ended."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def finish(self) -> subprocess.CompletedProcess[str]:
        """Wait until it has ended. If a signal did that, the code is the signal's, negative."""
        code = int(self.codes.readline())
        out, err = (Path(self.folder.name, name).read_text() for name in ("out", "err"))
        self.folder.cleanup()
        return subprocess.CompletedProcess(self.words, code, out, err)


def start(module: str, *words: str, cwd: Path, env: Mapping[str, str]) -> Started:
    """Begin what `python -m module words` does there, with that environment."""
    asked, codes = _server().stdin, _server().stdout
    assert asked and codes
    folder = TemporaryDirectory()
    request = [module, words, str(cwd), dict(env), f"{folder.name}/out", f"{folder.name}/err"]
    asked.write(json.dumps(request).encode() + b"\n")
    return Started(int(codes.readline()), words, folder, codes)


@cache
def _server() -> "subprocess.Popen[bytes]":
    """The process that forks. It ends when this one does."""
    alone = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.warm"], cwd=ROOT, env={**alone, "OMP_NUM_THREADS": "1"},
        bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def _serve() -> None:
    """Fork for one request after the other: print the fork's process, and how that ended.

    Returns in a fork, where the module has run.
    """
    for line in sys.stdin:
        if not FORKS:
            process = _process(*json.loads(line))
            print(process.pid, flush=True)
            print(process.wait(), flush=True)
        elif fork := os.fork():
            print(fork, flush=True)
            print(os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1]), flush=True)
        else:
            _run(*json.loads(line))
            return


def _run(module: str, words: list[str], cwd: str, env: dict[str, str], out: str, err: str) -> None:
    """Make this process what `python -m` starts, and run the module."""
    for stream, path in enumerate((os.devnull, out, err)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), stream)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path[:1] = [cwd, *filter(None, env.get("PYTHONPATH", "").split(os.pathsep))]
    sys.argv[1:] = words
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _process(
    module: str, words: list[str], cwd: str, env: dict[str, str], out: str, err: str
) -> "subprocess.Popen[bytes]":
    with Path(out).open("wb") as stdout, Path(err).open("wb") as stderr:
        return subprocess.Popen(
            [sys.executable, "-m", module, *words], cwd=cwd, env=env,
            stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
        )  # fmt: skip


def let_no_write_wait() -> None:
    """Keep this process from waiting for the disk with every file: no test cuts the power."""
    os.fsync = lambda descriptor: None


def _load() -> None:
    let_no_write_wait()
    for name in LOADED:
        with suppress(ImportError):  # of an extra that is not installed
            import_module(name)
    Weights(0, "", 1).add_to(np.zeros((1, 2)), np.array(["a"]), np.ones((1, 1)))  # kernels
    gc.freeze()  # a fork that looks for garbage copies none of it


CODES = [1]
"""The last is how this process ends."""


def _leave() -> None:
    """End at once: to free what is loaded takes longer than most commands."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(CODES[-1])


if __name__ == "__main__":
    atexit.register(_leave)  # the first of them is called last
    if FORKS:
        _load()
    try:
        _serve()
        CODES.append(0)
    except SystemExit as end:
        CODES.append(int(end.code or 0))
