"""A comparison as one HTML page: no script, no request to anywhere, light and dark, printable."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from models.scorer import GRADES
from training.arms import heading
from training.compare.figures import pictures
from training.metrics import METRICS

if TYPE_CHECKING:
    from training.compare.result import Compared

#: So many leads that only one found are listed on the page; JSON has all.
LISTED = 10
MARKS = {"better": "▲ ", "worse": "▼ ", "unclear": ""}


def render(result: Compared) -> str:
    """Return the page; the same comparison gives the same bytes."""
    environment = Environment(
        loader=PackageLoader("training.compare", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = show
    environment.globals["heading"] = heading
    # What stands in the pictures is escaped where they are drawn.
    drawn = {name: Markup(text) for name, text in pictures(result).items()}  # noqa: S704
    return environment.get_template("page.html.j2").render(
        result=result,
        comparison=result.comparison,
        a=result.a.label,
        b=result.b.label,
        metrics=METRICS,
        marks=MARKS,
        pictures=drawn,
        grades=GRADES,
        listed=LISTED,
        most=max((n for row in result.churn.table for n in row), default=0) if result.churn else 0,
    )


def show(value: float, digits: int = 3, sign: bool = False) -> str:
    """Return a figure with so many digits, a dash where there is none.

    >>> show(0.12345), show(float("nan")), show(-3.2, 0, True)
    ('0.123', '–', '−3')
    """
    if isnan(value):
        return "–"
    return f"{value:{'+' if sign else ''},.{digits}f}".replace("-", "−")
