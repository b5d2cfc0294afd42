"""Files from the network: resumed where they were cut, and checked before they get their name.

What has arrived of a file is kept beside its place, under a temporary name, so that the same call
goes on after a cut or Ctrl-C. huggingface_hub's own download begins such a file anew, and compares
no hash.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchsuite.errors import BadData, NotAvailable, needing
from benchsuite.files.hashes import git_hash, sha256
from benchsuite.files.sources import inside
from benchsuite.files.write import writing

ATTEMPTS: Final = 6
"""Requests in a row that bring not one byte."""
FIRST_WAIT: Final = 1.0
"""Seconds after the first of these; each wait is twice the one before."""
LONGEST_WAIT: Final = 60.0
"""Seconds that a server may ask for."""
SILENCE: Final = 30.0
"""Seconds without a byte, after which a connection counts as cut."""
LATER: Final = (408, 425, 429, 500, 502, 503, 504)
"""Answers of HTTP after which the same request may succeed."""
CHUNK: Final = 1 << 18

Report = Callable[[int], None]
"""Gets the bytes that there are of a file."""


class Refused(NotAvailable):
    """A server does not give what it was asked for. status: HTTP's; 0 where there was none."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Remote:
    """A file at an address.

    path          where it goes, below a folder
    size          bytes; -1 where unknown
    sha256, git   its hash, and its hash as a blob of git; empty where unknown
    headers       what a request says beside the address; never shown
    """

    url: str
    path: str
    size: int = -1
    sha256: str = ""
    git: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def hashed(self) -> bool:
        """Whether a hash is known."""
        return bool(self.sha256 or self.git)

    def place(self, folder: Path) -> Path:
        """Its path below a folder. Raises BadData where that would be outside of the folder."""
        return inside(self.url, folder, self.path)

    def fault(self, path: Path) -> str:
        """What is wrong with a file that should be this one; empty where nothing is."""
        size = path.stat().st_size
        if self.size not in (-1, size):
            return f"expected {self.size} bytes, found {size}"
        for name, expected, of in (
            ("SHA-256", self.sha256, sha256),
            ("git's SHA-1", self.git, git_hash),
        ):
            if expected and (found := of(path)) != expected:
                return f"expected {name} {expected}, found {found}"
        return ""


def download(remote: Remote, folder: Path, report: Report = lambda done: None) -> Path:
    """Fetch a file into a folder, or what is missing of it, and return its place.

    A file that is there is left alone. Raises Refused where the server does not give it, BadData
    where its size or hash, or those of what is there, are others, CannotWrite.
    """
    path, partial = remote.place(folder), _partial(remote, folder)
    with writing(path):
        if path.is_file():
            if fault := remote.fault(path):  # what has this name arrived whole: it was changed
                raise BadData(f"{path}: {fault}; move it away, and call this again")
            report(path.stat().st_size)
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        if not remote.hashed:  # nothing would tell that the rest is of another version
            partial.unlink(missing_ok=True)
        begun = partial.exists()
        fault = _arrived(remote, partial, report)
        if fault and begun:
            fault = _arrived(remote, partial, report)
        if fault:
            raise BadData(f"{remote.url}: {fault}; it was not kept")
        partial.replace(path)
    return path


def missing_bytes(remote: Remote, folder: Path) -> int:
    """The bytes of a file that are not in a folder; 0 where its size is unknown."""
    places = (remote.place(folder), _partial(remote, folder))
    there = max((path.stat().st_size for path in places if path.is_file()), default=0)
    return max(remote.size - there, 0)


def _partial(remote: Remote, folder: Path) -> Path:
    path = remote.place(folder)
    return path.with_name(f".{path.name}.part")


def _arrived(remote: Remote, partial: Path, report: Report) -> str:
    """Fetch all of a file into `partial`; returns its fault, and removes it where it has one."""
    _fetch(remote, partial, report)
    fault = remote.fault(partial)
    if fault:
        partial.unlink()
    return fault


def _fetch(remote: Remote, partial: Path, report: Report) -> None:
    with needing("a download", "benchsuite[data]"):
        import httpx
    failed = 0
    with httpx.Client(follow_redirects=True, timeout=SILENCE) as client:
        while True:
            before, wait = _size(partial), FIRST_WAIT * 2.0**failed
            try:
                why, asked = _ask(client, remote, partial, report)
                wait = max(wait, asked)
            except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, ValueError) as error:
                raise Refused(f"{remote.url}: {type(error).__name__}") from error
            except httpx.TransportError as error:
                why = f"the connection failed ({type(error).__name__})"
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
                raise Refused(f"{remote.url}: {type(error).__name__}") from error
            if not why:
                return
            failed = failed + 1 if _size(partial) <= before else 0
            if failed >= ATTEMPTS or wait > LONGEST_WAIT:
                raise Refused(f"{remote.url}: {why}; the same command goes on where it stopped")
            time.sleep(wait)


def _ask(client: Any, remote: Remote, partial: Path, report: Report) -> tuple[str, float]:
    """One request for what is missing: why it did not bring all, and the wait that was asked for.

    Raises Refused for an answer that no further request would change.
    """
    start = _size(partial)
    if start and start == remote.size:
        return "", 0.0
    headers = {**remote.headers, "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    with client.stream("GET", remote.url, headers=headers) as response:
        status = response.status_code
        if status in LATER:
            return f"HTTP {status}", _retry_after(response.headers)
        if status == 416 or (status == 206 and _begins(response.headers) != start):
            partial.unlink(missing_ok=True)
            return f"HTTP {status} for what is missing", 0.0
        if status not in (200, 206):
            raise Refused(f"{remote.url}: HTTP {status}", status)
        done = start if status == 206 else 0
        with partial.open("ab" if done else "wb") as file:
            for chunk in response.iter_bytes(CHUNK):
                file.write(chunk)
                done += len(chunk)
                if done > remote.size >= 0:
                    return "", 0.0  # too long: the check of the size says so
                report(done)
    return ("", 0.0) if done >= remote.size else (f"{done} of {remote.size} bytes came", 0.0)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _begins(headers: Mapping[str, str]) -> int:
    """The first byte of a partial answer; -1 where it does not say."""
    found = re.match(r"bytes (\d+)-", headers.get("Content-Range", ""))
    return int(found[1]) if found else -1


def _retry_after(headers: Mapping[str, str]) -> float:
    """The seconds that a server asks to wait; 0 where it names none."""
    found = re.fullmatch(r"\d{1,6}", headers.get("Retry-After", "").strip())
    return float(found[0]) if found else 0.0
