"""SVG as text. Every element is made here, so every text of others is made harmless here.

Lengths are units of the picture: WIDTH of them are as wide as the picture is shown, a narrow phone.
"""

from collections.abc import Sequence
from typing import Final

from benchsuite.publishing.escape import in_html

WIDTH: Final = 360.0
"""The width of every picture: one unit is a pixel on a phone, and letters grow with the picture."""


def element(name: str, *inside: str, **attributes: object) -> str:
    """An element; `class_` is its class, `text_anchor` its attribute `text-anchor`.

    What is `inside` is markup: other elements, or `in_html` of a text.
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{in_html(_short(value))}"'
        for key, value in attributes.items()
        if value not in (None, "")
    )
    return f"<{name}{told}>{''.join(inside)}</{name}>" if inside else f"<{name}{told}/>"


def _short(value: object) -> str:
    return f"{round(value, 2) + 0.0:.7g}" if isinstance(value, float) else str(value)


def picture(name: str, title: str, caption: str, height: float, *parts: str) -> str:
    """A whole picture, with its title and description for those who do not see it.

    `name` is unique on a page: ids begin with it.
    """
    return element(
        "svg",
        element("title", in_html(title), id=f"{name}-title"),
        element("desc", in_html(caption), id=f"{name}-desc"),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:g} {height:.0f}",
        class_="chart",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def group(*parts: str, classes: str = "", told: str = "") -> str:
    """Parts that belong together; a pointer that rests on them shows what is `told`."""
    hint = (element("title", in_html(told)),) if told else ()
    return element("g", *hint, *parts, class_=classes)


def text(
    x: float, y: float, words: str, classes: str = "", anchor: str = "start", turn: float = 0.0
) -> str:
    """A line of text whose letters stand on `y`; `anchor` is `start`, `middle` or `end`.

    `turn` is in degrees, clockwise about its anchor.
    """
    return element(
        "text", element("tspan", in_html(words)), x=x, y=y, class_=classes,
        text_anchor=anchor if anchor != "start" else "",
        transform=f"rotate({turn:g} {_short(x)} {_short(y)})" if turn else "",
    )  # fmt: skip


def line(start: tuple[float, float], end: tuple[float, float], classes: str, dash: str = "") -> str:
    """A straight line, dashed if `dash` has the lengths of dashes and gaps."""
    (x1, y1), (x2, y2) = start, end
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=classes, stroke_dasharray=dash)


def box(x: float, y: float, width: float, height: float, classes: str = "") -> str:
    """A rectangle."""
    return element("rect", x=x, y=y, width=width, height=height, class_=classes)


def path(points: Sequence[tuple[float, float]], classes: str, dash: str = "") -> str:
    """A line through points; the class says whether it is drawn as a line or filled."""
    steps = " ".join(f"{_short(float(x))},{_short(float(y))}" for x, y in points)
    return element("polyline", points=steps, class_=classes, stroke_dasharray=dash)


def paths(several: Sequence[Sequence[tuple[float, float]]], classes: str) -> str:
    """Several lines that look alike as one element; '' for none."""
    steps = (" L".join(f"{_short(float(x))},{_short(float(y))}" for x, y in one) for one in several)
    drawn = " ".join(f"M{one}" for one in steps if one)
    return element("path", d=drawn, class_=classes) if drawn else ""
