"""A card's content as Markdown and as one HTML page that needs nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from training.arms import heading
from training.card.drawing import direction_plot, reliability_plot, signed
from training.card.origins import origins_plot, origins_text
from training.card.places import grouped

if TYPE_CHECKING:
    from collections.abc import Callable

JSON, MARKDOWN, HTML = "model_card.json", "model_card.md", "model_card.html"


def card_files(content: dict[str, Any]) -> dict[str, str]:
    """Return a card's files by name."""
    return {
        JSON: json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False),
        MARKDOWN: markdown(content),
        HTML: html(content),
    }


def markdown(content: dict[str, Any], standing: dict[str, Any] | None = None) -> str:
    """Return the card as Markdown; ``standing`` are lines on the version, known once it is registered."""
    return _render("card.md.j2", content, standing, _markdown_safe, escaped=False)


def html(content: dict[str, Any], standing: dict[str, Any] | None = None) -> str:
    """Return the card as a page: no script, nothing fetched, light and dark; the same content, the same bytes."""
    return _render("card.html.j2", content, standing, str, escaped=True)


def _render(
    template: str,
    content: dict[str, Any],
    standing: dict[str, Any] | None,
    cell: Callable[[Any], str],
    *,
    escaped: bool,
) -> str:
    environment = Environment(
        loader=PackageLoader("training.card", "."),
        autoescape=escaped,  # noqa: S701 - Markdown has marks of its own, and every cell goes through the filter
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(figure=figure, interval=interval, signed=signed, cell=cell, count=count, day=day)
    environment.globals.update(
        direction_plot=direction_plot,
        reliability_plot=reliability_plot,
        origins_plot=origins_plot,
        origins_text=origins_text,
        grouped_places=grouped,
        heading=heading,
    )
    return environment.get_template(template).render(**content, standing=standing or {})


def figure(value: float | None, digits: int = 3) -> str:
    """Return a figure with so many digits, a dash where there is none.

    >>> figure(0.12345), figure(None), figure(-1.0, 0)
    ('0.123', '–', '−1')
    """
    return "–" if value is None else f"{value:,.{digits}f}".replace("-", "−")


def interval(estimate: list[float | None], digits: int = 3) -> str:
    """Return an interval's ends.

    >>> interval([0.5, 0.4, 0.6], 1), interval([None, None, None])
    ('0.4 to 0.6', '–')
    """
    _, low, high = estimate
    return "–" if low is None or high is None else f"{figure(low, digits)} to {figure(high, digits)}"


def count(number: int) -> str:
    """Return a whole number with separators."""
    return f"{number:,}"


def day(moment: str) -> str:
    """Return the date of a moment."""
    return moment[:10]


def _markdown_safe(value: Any) -> str:  # noqa: ANN401 - whatever stands in a cell
    r"""Return text that neither ends a table's cell nor becomes markup: names come from the data.

    >>> _markdown_safe("a|b <i>*c*")
    'a\\|b &lt;i&gt;\\*c\\*'
    """
    text = " ".join(str(value).split())
    for mark in ("\\", "|", "*", "_", "`", "[", "]"):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("<", "&lt;").replace(">", "&gt;")
