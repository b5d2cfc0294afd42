"""What a document is to a person's own model: its text, or BEIR's title and text."""

from collections.abc import Sequence
from typing import Protocol

from ..settings import one_of

TEXT, BEIR = "text", "beir"


class Asking(Protocol):
    """A model with the option `documents`."""

    @property
    def documents(self) -> str | None: ...


def check_documents(model: Asking) -> None:
    """Raises WrongCall where `documents` is given, and none of the known words."""
    if model.documents is not None:
        one_of(model, "documents", (TEXT, BEIR))


def in_beir(texts: Sequence[str]) -> list[dict[str, str]]:
    """Documents as BEIR's models get them. A title is part of the text already."""
    return [{"title": "", "text": text} for text in texts]
