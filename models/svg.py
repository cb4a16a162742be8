"""Small pieces of inline SVG that are read in black and white: text, lines, hatched fills."""

from __future__ import annotations

from math import ceil, floor, log10

from markupsafe import Markup, escape

INK, SOFT, BAND, FAINT = "#111", "#444", "#d4d4d4", "#bbb"
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
#: Width of an average letter as a share of the size of the font.
_LETTER = 0.54


def element(tag: str, content: str | Markup = "", **attributes: float | str) -> Markup:
    """Return an element; texts are escaped, figures get one decimal, ``stroke_width`` is written stroke-width.

    >>> element("text", "a < b", x=1, font_size=12)
    Markup('<text x="1.0" font-size="12.0">a &lt; b</text>')
    """
    written = "".join([_attribute(key, value) for key, value in attributes.items() if value != ""])
    return Markup(f"<{tag}{written}>{escape(content)}</{tag}>")  # noqa: S704 - all of it is escaped


def _attribute(key: str, value: float | str) -> str:
    written = escape(value) if isinstance(value, str) else f"{value:.1f}"
    return f' {key.replace("_", "-")}="{written}"'


def picture(key: str, width: float, height: float, title: str, said: str, parts: list[Markup]) -> Markup:
    """Return an SVG element that says what it shows to those who cannot see it."""
    told = [element("title", title, id=f"{key}-title"), element("desc", said, id=f"{key}-desc")]
    return element(
        "svg",
        Markup().join([*told, *parts]),
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
        font_family=FONT,
    )


def text(
    x: float, y: float, said: str, *, size: float = 12, anchor: str = "start", bold: bool = False, fill: str = INK
) -> Markup:
    """Return a text; ``anchor`` is start, middle or end."""
    weight = "700" if bold else ""
    return element("text", said, x=x, y=y, font_size=size, text_anchor=anchor, fill=fill, font_weight=weight)


def line(points: list[tuple[float, float]], *, width: float = 1, dash: str = "", stroke: str = INK) -> Markup:
    """Return a line through points."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return element("polyline", points=path, fill="none", stroke=stroke, stroke_width=width, stroke_dasharray=dash)


def area(points: list[tuple[float, float]], fill: str = BAND) -> Markup:
    """Return a filled area without an edge."""
    return element("polygon", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), fill=fill)


def box(x: float, y: float, width: float, height: float, fill: str) -> Markup:
    """Return a box with an edge."""
    size = max(width, 0.0)
    return element("rect", x=x, y=y, width=size, height=height, fill=fill, stroke=INK, stroke_width=1.0)


def dot(x: float, y: float, radius: float = 4.2) -> Markup:
    """Return a filled dot."""
    return element("circle", cx=x, cy=y, r=radius, fill=INK)


def diamond(x: float, y: float, radius: float = 6.5) -> Markup:
    """Return an open diamond through which what lies under it can be seen."""
    corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)
    return element("polygon", points=path, fill="#fff", fill_opacity="0.75", stroke=INK, stroke_width=1.6)


def hatches() -> Markup:
    """Return the fills that tell bars apart without colour: hatch-lines and hatch-dots."""
    ground = element("rect", width=6.0, height=6.0, fill="#fff")
    stripe = element("line", x1=0.0, y1=0.0, x2=0.0, y2=6.0, stroke=INK, stroke_width=3.0)
    size: dict[str, str] = {"width": "6", "height": "6", "patternUnits": "userSpaceOnUse"}
    lines = element("pattern", ground + stripe, id="hatch-lines", patternTransform="rotate(45)", **size)
    dots = element("pattern", ground + dot(3, 3, 1.4), id="hatch-dots", **size)
    return element("defs", lines + dots)


def fitting(said: str, width: float, size: float = 12) -> int:
    """Return how many letters of a text fit into a width."""
    wide = sum(1.0 if letter.isascii() else 1.9 for letter in said) * _LETTER * size
    return len(said) if wide <= width else max(4, floor(len(said) * width / wide))


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round figures from ``low`` to ``high`` for an axis, at most ``most`` and one.

    >>> ticks(0, 47), ticks(-30, 40, 4)
    ([0.0, 10.0, 20.0, 30.0, 40.0], [-20.0, 0.0, 20.0, 40.0])
    """
    width = max(high - low, 1e-9)
    step = 10.0 ** floor(log10(width))
    step = next(size for by in (0.1, 0.2, 0.5, 1, 2, 5, 10) if width / (size := step * by) <= most)
    return [k * step for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def tick_text(value: float) -> str:
    """Return a figure of an axis."""
    return f"{value:,.6g}".replace("-", "−")
