"""What a dataset's repository on the Hub holds: its files, with sizes, hashes and addresses.

huggingface_hub finds the token: `HF_TOKEN`, or that of `hf auth login`. It is never shown.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from typing import Any, Final, TypeVar

from benchsuite.errors import BadData, NotAvailable, needing
from benchsuite.files import download
from benchsuite.files.download import Refused, Remote

COMMIT: Final = 40
"""The hex digits of a commit, and of the hash of a blob; a SHA-256 has 64."""
EXTRA: Final = "benchsuite[data]"

T = TypeVar("T")


class Unmatched(BadData):
    """A repository has no file of that name."""


def listed(
    repository: str, commit: str, patterns: Sequence[str] = ("*",), folder: str = ""
) -> list[Remote]:
    """The files of a dataset on the Hub at a commit, each with its place below a folder.

    patterns  of the files, or of their places
    folder    what their places begin with
    Raises NotAvailable where the Hub or huggingface_hub is not there, Refused where the Hub does
    not show the repository, BadData where it gives another commit, Unmatched for none of the files.
    """
    with needing("a dataset of the Hub", EXTRA):
        from huggingface_hub import HfApi, constants
    if constants.HF_HUB_OFFLINE:
        raise NotAvailable(f"{repository}: HF_HUB_OFFLINE is set, so nothing is fetched")
    info = _answered(
        lambda: HfApi().dataset_info(repository, revision=commit, files_metadata=True),
        repository,
    )
    files = list(info.siblings or [])
    if info.sha != commit:
        raise BadData(f"{repository}: expected commit {commit}, found {info.sha}")
    places = {
        one.rfilename: f"{folder}/{one.rfilename}" if folder else one.rfilename for one in files
    }
    wanted = [
        one
        for one in files
        for names in [(one.rfilename, places[one.rfilename])]
        if any(fnmatch(name, pattern) for name in names for pattern in patterns)
    ]
    if not wanted:
        named = ", ".join(sorted(places)[:8]) or "no file"
        raise Unmatched(f"{repository}: expected files {', '.join(patterns)}, found {named}")
    remotes = _remotes(repository, commit, wanted)
    return [replace(one, path=places[one.path]) for one in remotes]


def is_commit(revision: str) -> bool:
    """Whether a revision names a commit: a branch or a tag can be moved."""
    return len(revision) == COMMIT and not set(revision) - set("0123456789abcdef")


def has_token() -> bool:
    """Whether there is a token for the Hub."""
    with needing("a dataset of the Hub", EXTRA):
        from huggingface_hub import get_token
    return bool(get_token())


def _remotes(repository: str, commit: str, files: Sequence[Any]) -> Iterator[Remote]:
    from huggingface_hub import hf_hub_url
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    headers = build_hf_headers()
    for one in files:
        url = hf_hub_url(repository, one.rfilename, repo_type="dataset", revision=commit)
        size, lfs = one.size, getattr(one, "lfs", None)
        hashed = lfs.sha256 if lfs else one.blob_id
        if size is None or not hashed:
            size, hashed = _asked(url, size)
        yield Remote(
            url,
            one.rfilename,
            -1 if size is None else size,
            sha256=hashed if len(hashed or "") == 64 else "",
            git=hashed if len(hashed or "") == COMMIT else "",
            headers=headers,
        )


def _asked(url: str, size: int | None) -> tuple[int | None, str | None]:
    """The size and hash of a file as its address tells them, where the listing has none."""
    from huggingface_hub import get_hf_file_metadata

    told = _answered(lambda: get_hf_file_metadata(url), url)
    return (told.size if size is None else size), told.etag


def _answered(call: Callable[[], T], what: str) -> T:
    """What the Hub answers, asked again where that may help. Raises Refused."""
    failed = 0
    while True:
        try:
            return call()
        except Exception as error:  # the Hub's client, and HTTP's beneath it, raise their own
            failed += 1
            wrong = isinstance(error, TypeError | ValueError)  # of the question, not the answer
            status = int(getattr(getattr(error, "response", None), "status_code", 0) or 0)
            refused = status and status not in download.LATER
            if failed >= download.ATTEMPTS or wrong or refused:
                told = f"HTTP {status}" if status else type(error).__name__
                raise Refused(f"{what}: {told}", status) from error
        time.sleep(download.FIRST_WAIT * 2.0 ** (failed - 1))
