"""The audit as one HTML page: no script, no request to anywhere, printable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from features.audit.draw import calendar_svg, maturity_svg, rates_svg

if TYPE_CHECKING:
    from features.audit.findings import Audit

_SHARE = re.compile(r"share|rate|filled, |equal|stretch|: newest|before them|same outcome")

TITLES = {
    "convicted": "Convicted",
    "warning": "Warnings",
    "note": "Notes",
}

DONE = {
    "repaired": "Repaired: reading it at a moment takes care of it.",
    "quarantined": "Quarantined: left out of features until a trust: entry takes it back.",
    "left": "Left as it is.",
}


def render(audit: Audit) -> str:
    """Return the page; the same audit gives the same bytes."""
    environment = Environment(
        loader=PackageLoader("features.audit", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["evidence"] = show_evidence
    environment.filters["share"] = lambda value: f"{value:.0%}"
    pictures = audit.pictures
    return environment.get_template("page.html.j2").render(
        audit=audit,
        titles=TITLES,
        done=DONE,
        # The pictures escape every text of the data themselves.
        calendar=Markup(calendar_svg(pictures.get("calendar", {}))),  # noqa: S704
        maturity=Markup(maturity_svg(pictures.get("maturity", {}))),  # noqa: S704
        rates=Markup(rates_svg(pictures["base_rate"])) if pictures.get("base_rate") else "",  # noqa: S704
    )


def show_evidence(value: Any, name: str) -> str:  # noqa: ANN401 - a number or a text of the evidence
    """Return a number of the evidence, shares and rates as percentages.

    >>> show_evidence(0.994, "highest rate"), show_evidence(358.0, "leads at the highest")
    ('99.4 %', '358')
    """
    if isinstance(value, float) and 0 <= value <= 1 and _SHARE.search(name):
        return f"{100 * value:.3g} %"
    return show_number(value)


def show_number(value: Any) -> str:  # noqa: ANN401 - a number or a text of the evidence
    """Return a number as people write it.

    >>> show_number(12345), show_number(0.12345), show_number(3.0)
    ('12,345', '0.123', '3')
    """
    if isinstance(value, str):
        return value
    if value is None or value != value:  # noqa: PLR0124 - NaN is not itself
        return "–"
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
