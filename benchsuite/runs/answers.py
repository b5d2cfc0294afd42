"""Whose answers a run used, and how many of them were kept from before it began.

    answers/begun.json           when the run began, or was called again after it was complete
    answers/<of what>.json       the counts of one unit, or of what a model prepared

A run that was stopped goes on: what it asked for before is its own. A complete run that is called
again asks for nothing, so that all of its answers are kept ones then.
They belong to the environment of a run: never to a number, and never to its identity.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from math import inf, nextafter
from pathlib import Path
from typing import Any

from benchsuite.endpoint import Used
from benchsuite.estimation import Code, Notes, join_notes, note
from benchsuite.files.text import json_object, number, record_of
from benchsuite.files.write import slug, write_json
from benchsuite.model import Model
from benchsuite.runs.store import RunDirectory

FOLDER = Path("answers")
BEGUN = FOLDER / "begun.json"
EVERY = FOLDER / "every.json"
"""The counts of a whole run, where its units are not told apart."""


@dataclass(frozen=True)
class Answers:
    """The answers of servers that a run used.

    asked, kept        how many were asked for by the run itself, and before it began
    asked_of, kept_of  what the servers that gave them said of themselves
    without            settings that they did not take, and that were left out
    unstated           how many have no stated revision
    """

    asked: int = 0
    kept: int = 0
    asked_of: tuple[str, ...] = ()
    kept_of: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    unstated: int = 0

    @property
    def every(self) -> int:
        """How many answers there are."""
        return self.asked + self.kept

    @property
    def all_kept(self) -> "Answers":
        """The same, seen from a later beginning."""
        of = tuple(sorted({*self.asked_of, *self.kept_of}))
        return replace(self, asked=0, kept=self.every, asked_of=(), kept_of=of)

    def __add__(self, other: "Answers") -> "Answers":
        """Both together."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return Answers(*(_together(one, another) for one, another in pairs))


@dataclass(frozen=True)
class _Noted:
    """A file of counts, and when it was written."""

    answers: Answers
    noted: float


def _together(one: Any, other: Any) -> Any:
    return tuple(sorted({*one, *other})) if isinstance(one, tuple) else one + other


def answers_of(used: Iterable[Used], begun: float) -> Answers:
    """The counts of answers, each once; those asked for before `begun` are kept ones.

    So are those of the future: a clock that was set back cannot tell whose they are.
    """
    found, now = {one.name: one for one in used}.values(), time.time()
    recent = [one for one in found if begun <= one.asked <= now]
    old = [one for one in found if one not in recent]
    return Answers(
        len(recent),
        len(old),
        _said(recent),
        _said(old),
        tuple(sorted({name for one in found for name in one.whose.without})),
        sum(not one.revision for one in found),
    )


def _said(used: Iterable[Used]) -> tuple[str, ...]:
    """What the servers said of themselves, each once."""
    told = {" ".join(filter(None, [one.whose.model, one.whose.fingerprint])) for one in used}
    return tuple(sorted(told - {""}))


def notes(found: Answers) -> Notes:
    """What a reader has to know of a run's answers; nothing where it has none."""
    kept = note(Code.KEPT, found.kept, found.every) if found.every else ()
    return join_notes([kept, *(note(Code.NOT_TAKEN, name) for name in found.without)])


def begin_answers(directory: RunDirectory) -> None:
    """Note when a run begins, or is called again after it was complete; not where it goes on."""
    path = directory.at(*BEGUN.parts)
    ended = directory.complete and not directory.manifest.stopped
    if ended or not path.exists():
        # Later than all that was noted, even if the clock was set back since.
        before = [nextafter(_record(path).noted, inf) for path in _noted(directory)]
        write_json(path, {"begun": max([time.time(), *before])})


def note_answers(directory: RunDirectory, of: str, model: Model, add: bool = False) -> None:
    """Write the counts of the answers that `model` used since the last call of this.

    of: what they were used for.   add: to those that were noted for the same before.
    """
    if used := used_by(model):
        path, begun = directory.at(FOLDER.name, f"{slug(of)}.json"), _begun(directory)
        before = _read(path, begun) if add and path.exists() else Answers()
        write_json(path, asdict(_Noted(before + answers_of(used, begun), time.time())))


def used_by(model: Model) -> Sequence[Used]:
    """The answers that a model used since the last call of this; none for most models."""
    answered = getattr(model, "answered", None)
    return answered() if answered else ()


def answers(directory: RunDirectory) -> Answers:
    """The answers that a run used, all in all. Raises BadData for a file that cannot be read."""
    begun = _begun(directory) if (paths := _noted(directory)) else 0.0
    return sum((_read(path, begun) for path in paths), Answers())


def _noted(directory: RunDirectory) -> list[Path]:
    """The files of counts."""
    names = [path.name for path in sorted(directory.at(FOLDER.name).glob("*.json"))]
    return [directory.at(FOLDER.name, name) for name in names if name != BEGUN.name]


def write_answers(directory: RunDirectory, found: Answers) -> None:
    """Write the counts of a whole run; when that was is nobody's business."""
    write_json(directory.path / BEGUN, {"begun": 0})
    write_json(directory.path / EVERY, asdict(_Noted(found, 0.0)))


def _begun(directory: RunDirectory) -> float:
    path = directory.at(*BEGUN.parts)
    return number(str(path), "begun", str(json_object(path).get("begun")))


def _read(path: Path, begun: float) -> Answers:
    found = _record(path)
    return found.answers if found.noted >= begun else found.answers.all_kept


def _record(path: Path) -> _Noted:
    return record_of(_Noted, str(path), json_object(path))
