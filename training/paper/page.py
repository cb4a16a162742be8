"""The meeting's paper as one HTML page: no script, no request to anywhere, A4 in black and white."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

if TYPE_CHECKING:
    from training.paper.content import Paper


def render(paper: Paper, shared: Markup, curve: Markup, worths: list[Markup]) -> str:
    """Return the page; the same texts and pictures give the same bytes."""
    environment = Environment(
        loader=PackageLoader("training.paper", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(
        paper=paper,
        footer=Markup(css_text(paper.footer)),  # noqa: S704 - nothing but letters and numbers of letters
        shared=shared,
        curve=curve,
        worths=worths,
    )


def css_text(text: str) -> str:
    """Return a text for a string of CSS: everything but plain letters and digits by its number.

    >>> css_text("a</style>")
    'a\\\\3c \\\\2f style\\\\3e '
    """
    return "".join(c if c.isascii() and (c.isalnum() or c == " ") else f"\\{ord(c):x} " for c in text)
