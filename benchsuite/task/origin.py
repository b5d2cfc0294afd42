"""Where a dataset comes from: licence, size, access, layout, downloads, and what it should hold.

A record holds facts that have a source. What could not be looked up is empty, and is said to be
unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Access(StrEnum):
    """Who may have a dataset, and how."""

    INCLUDED = "included"
    OWN = "own"
    OPEN = "open"
    GATED = "gated"
    FORM = "form"

    @property
    def told(self) -> str:
        """What it means, in words."""
        return _TOLD[self]


_TOLD = {
    Access.INCLUDED: "it comes with the task",
    Access.OWN: "files of your own, in the layout below",
    Access.OPEN: "for everybody",
    Access.GATED: "for a token of a person who has accepted the terms",
    Access.FORM: "for a person who registers, or asks its authors",
}


@dataclass(frozen=True)
class Part:
    """A line of the tree that a reader expects.

    path    a pattern below the folder, as `Path.glob` has it
    needed  whether the reader's defaults need it
    """

    path: str
    holds: str
    needed: bool = True

    def is_in(self, folder: Path) -> bool:
        """Whether the folder has such a file or folder; a download that was cut is none."""
        found = folder.glob(self.path) if folder.is_dir() else ()
        return any(path.suffix != ".part" for path in found)


@dataclass(frozen=True)
class Repository:
    """A dataset's repository on the Hub.

    revision  a commit; empty where none is known, so that a person has to name one
    patterns  the files that the reader's defaults need
    folder    where they go, below the dataset's folder
    """

    name: str
    revision: str = ""
    patterns: tuple[str, ...] = ("*",)
    folder: str = ""


@dataclass(frozen=True)
class File:
    """A file at an address.

    size    bytes; -1 where unknown
    sha256  empty where unknown
    zipped  whether it is a ZIP archive whose members the reader expects as files
    """

    url: str
    path: str
    size: int = -1
    sha256: str = ""
    zipped: bool = False


@dataclass(frozen=True)
class Content:
    """What a dataset holds under some of its options, as it was published or measured.

    options      those that differ from the reader's defaults
    counts       by what is counted: `samples`, `documents`, `race=Black`
    fingerprint  of the whole dataset as this suite reads it; empty where nobody has measured it
    source       who says so: a page, or what was measured and when
    """

    counts: Mapping[str, int]
    source: str
    fingerprint: str = ""
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Origin:
    """Where a dataset comes from.

    size      bytes of the download; -1 where unknown. Files that all say their size need none
    citation  BibTeX, or an address of the paper
    rights    more about the licence
    public    whether its licence is known to let everybody show single samples on a page, with
              their source; False where nobody has looked it up
    options   the reader's options that are paths: where each is, below the folder
    places    further options that say where files are, and nothing of what is in them
    steps     what a person does where no command can
    terms     the page on which access is asked for
    """

    title: str
    licence: str
    access: Access
    homepage: str = ""
    citation: str = ""
    size: int = -1
    layout: tuple[Part, ...] = ()
    repositories: tuple[Repository, ...] = ()
    files: tuple[File, ...] = ()
    steps: tuple[str, ...] = ()
    terms: str = ""
    rights: str = ""
    public: bool = False
    contents: tuple[Content, ...] = ()
    options: Mapping[str, str] = field(default_factory=lambda: {"path": ""})
    places: tuple[str, ...] = ()

    @property
    def downloads(self) -> bool:
        """Whether a command can fetch it."""
        return bool(self.repositories or self.files)

    @property
    def bytes(self) -> int:
        """The size of the download; -1 where unknown."""
        sizes = [file.size for file in self.files]
        known = bool(sizes) and not self.repositories and min(sizes) >= 0
        return sum(sizes) if known else self.size

    def has(self, fingerprint: str) -> bool:
        """Whether it was published with this fingerprint."""
        return any(one.fingerprint == fingerprint != "" for one in self.contents)

    def lacking(self, folder: Path) -> list[Part]:
        """The parts that a reader needs and that are not in the folder."""
        return [part for part in self.layout if part.needed and not part.is_in(folder)]

    def is_in(self, folder: Path) -> bool:
        """Whether the folder has all that a reader needs."""
        return any(part.needed for part in self.layout) and not self.lacking(folder)

    def words(self, folder: Path) -> dict[str, str]:
        """The reader's options for a folder: where each of its paths is."""
        return {option: str(folder / path) for option, path in self.options.items()}

    @property
    def of_places(self) -> set[str]:
        """The reader's options that say where files are, and nothing of what is in them."""
        return {"name", *self.options, *self.places}
