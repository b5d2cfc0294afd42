"""Who works here, and on which commit: asked of git, for the logs of what people did."""

import getpass
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

PATIENCE: Final = 30
"""Seconds that git may take."""


def who(folder: Path) -> str:
    """The name that git has for its user, or else the system; empty where neither has one."""
    if name := _git(folder, "config", "user.name"):
        return name
    with suppress(KeyError, OSError):  # a container may run without a user
        return getpass.getuser()
    return ""


def commit(folder: Path) -> tuple[str, bool]:
    """The commit that is checked out, and whether files of it were changed; empty without git.

    Files within the folder do not count: they are what a person is about to commit.
    """
    found = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    if not found:
        return "", False
    beside = (":/", f":(exclude){folder.resolve()}")
    return found, bool(_git(folder, "status", "--porcelain", "--untracked-files=no", "--", *beside))


def _git(folder: Path, *words: str) -> str:
    """What a command of git prints; empty where it fails, or git is not there."""
    git = shutil.which("git")
    if git is None:
        return ""
    here = next(path for path in (folder.resolve(), *folder.resolve().parents) if path.is_dir())
    command = [git, "--no-optional-locks", "-C", str(here), *words]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""
