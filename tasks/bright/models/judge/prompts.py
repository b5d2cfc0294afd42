"""Prompts: files with a name, and a hash that a row shows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchsuite.dataset import digest
from benchsuite.errors import BadData
from benchsuite.files.text import text_of

FOLDER = Path(__file__).parent / "prompts"
_TAGS = re.compile(r"<(?=/?\s*(?:question|passage|answer|think)\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Prompt:
    """A prompt's text, with the places `{query}`, `{passages}` and `{number}`."""

    name: str
    text: str

    @property
    def hash(self) -> str:
        """12 hex digits that name the text."""
        return digest(self.text)[:12]

    def filled(self, query: str, passages: Sequence[str]) -> str:
        """The prompt for a query and passages, which are numbered from 1."""
        blocks = (
            f'<passage number="{number}">\n{_inert(passage)}\n</passage>'
            for number, passage in enumerate(passages, start=1)
        )
        return self.text.format(
            query=_inert(query), passages="\n\n".join(blocks), number=len(passages)
        )


def _inert(text: str) -> str:
    # A passage that closes its own tag would speak with the prompt's voice. Half a surrogate pair
    # cannot be sent.
    return _TAGS.sub("‹", text).encode("utf-8", "replace").decode()


def prompt(name: str) -> Prompt:
    """The prompt of that name, or in the file at that path. Raises BadData where it has no places.

    Braces that are no place are written twice, as in str.format.
    """
    path = FOLDER / f"{name}.txt"
    path = path if path.is_file() else Path(name)
    found = Prompt(path.stem, text_of(path))
    try:
        whole = found.filled("QUERY", ["PASSAGE"])
    except (KeyError, IndexError, ValueError) as error:
        raise BadData(f"{path}: expected no braces but places, found {error}") from error
    if "QUERY" not in whole or "PASSAGE" not in whole:
        raise BadData(f"{path}: expected the places {{query}} and {{passages}}")
    return found
