"""The address of a server: where requests go, and how it is named without its secrets."""

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from benchsuite.dataset import digest
from benchsuite.errors import WrongCall

PATHS = ("chat/completions", "embeddings", "rerank", "score")
"""What is asked of a server; an address may end in it."""


@dataclass(frozen=True)
class Address:
    """An address as a person gives it: up to `/v1`, or the whole of a path.

    Without any path, it is that of OpenAI's: `/v1`.
    """

    url: str

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            whole = False
        if not whole:
            raise WrongCall(
                "model.url: expected an address such as http://127.0.0.1:8000/v1, found "
                f"'{self.url.rpartition('@')[2]}'"
            )

    @property
    def shown(self) -> str:
        """As messages show it: without a password, a query or a fragment."""
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2].lower()
        return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))

    def of(self, path: str) -> str:
        """Where requests of one of PATHS, or of another path beside them, go."""
        parts = urlsplit(self.url)
        given = parts.path.rstrip("/")
        if given.endswith(f"/{path}"):
            return urlunsplit(parts._replace(path=given, fragment=""))
        base = next((given.removesuffix(f"/{p}") for p in PATHS if given.endswith(f"/{p}")), given)
        base = base if base or given else "/v1"
        return urlunsplit(parts._replace(path=f"{base}/{path}", fragment=""))

    def named(self, path: str) -> str:
        """The same without a password and a query, which may hold a key: of the query its hash."""
        query = urlsplit(self.url).query
        shown = Address(self.of(path)).shown
        return f"{shown}?{digest(query)[:12]}" if query else shown
