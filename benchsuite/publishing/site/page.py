"""Pages and files of a site, and how a page becomes HTML.

A maker of pages is a function of a published board: `(published) -> iterable of Page | File`. A
template extends `base.html`, and gets the page's values, `page`, `board` (None for the index),
`tabs` and `href`. Whatever it shows is escaped, and control characters are spelled out.
Every style sheet below `pages/` is in every page, `style.css` first.
"""

import hashlib
import posixpath
from base64 import b64encode
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from benchsuite.publishing.escape import line
from benchsuite.publishing.formats import plain
from benchsuite.publishing.site.boards import Published
from benchsuite.publishing.words import number

STYLE: Final = "style.css"
SCRIPT: Final = "site.js"


@dataclass(frozen=True, eq=False)
class Page:
    """A page of a site.

    path      where it is in the site: `bright/birco/groups.html`
    template  the file below `pages/` that makes it
    title     its heading, and the title of the window
    values    what the template shows, by name
    tab       its name among the tabs of its board; empty where it is reached by a link alone
    metric    what it is about, if not the headline: its tabs lead to pages about the same
    """

    path: str
    template: str
    title: str
    values: Mapping[str, Any] = field(default_factory=dict)
    tab: str = ""
    metric: str = ""


@dataclass(frozen=True, eq=False)
class File:
    """A file of a site that is no page: a table, a picture."""

    path: str
    data: bytes


Part = Page | File
Maker = Callable[[Published], Iterable[Part]]


def html_of(
    page: Page, known: Collection[str], board: Published | None = None, tabs: Sequence[Page] = ()
) -> bytes:
    """A page as HTML, with style and script inside.

    `known` are the paths of the site; a link to anything else is no link. `tabs` are the pages that
    stand in the navigation of the board.
    """

    def href(path: str, anchor: str = "") -> str:
        """The relative address of a page or file of the site; empty where there is none."""
        if path not in known:
            return ""
        relative = posixpath.relpath(path, posixpath.dirname(page.path) or ".")
        return quote(relative) + (f"#{quote(anchor)}" if anchor else "")

    template = _environment().get_template(page.template)
    return template.render(
        page.values, page=page, board=board, tabs=tabs, href=href, **_inlined()
    ).encode()


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("benchsuite.publishing.site", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    made.filters |= {"number": number, "plain": plain}
    return made


def _harmless(value: Any) -> Any:
    """A text as one printable line; markup of ours as it is."""
    return line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def _inlined() -> dict[str, Any]:
    """Style and script of every page, and the policy that allows this script and no request."""
    more = sorted({*_environment().list_templates(["css"])} - {STYLE})
    style, script = "".join(map(_source, [STYLE, *more])), _source(SCRIPT)
    told = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src 'self' data:; "
        f"style-src 'unsafe-inline'; script-src 'sha256-{told}'"
    )
    # Both files are ours, and hold no tag.
    return {"style": Markup(style), "script": Markup(script), "policy": policy}  # noqa: S704


def _source(name: str) -> str:
    environment = _environment()
    assert environment.loader is not None  # noqa: S101
    return environment.loader.get_source(environment, name)[0]
