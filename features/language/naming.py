"""Names, units and plain-language labels of features, made in one place from what a feature measures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from features.facts.clock import format_duration
from features.language.behaviour import ALL_TIME, Behaviour
from features.language.feature import Feature

if TYPE_CHECKING:
    from features.language.behaviour import Measure

DIRECTIONS: dict[str, Literal[-1, 0, 1]] = {"rises": 1, "falls": -1, "any": 0}

_UNITS: dict[Measure, str] = {
    "count": "times",
    "sum": "total",
    "max": "value",
    "last": "value",
    "active_days": "days",
    "campaigns": "campaigns",
    "people": "people",
    "decayed": "times",
    "decayed_sum": "total",
    "since_last": "days",
    "since_first": "days",
    "trend": "times",
    "burst": "times",
    "share": "share",
}
_WHOSE = {"lead": "", "colleagues": " of colleagues", "account": " with the account"}
#: Measures of which more is not better because of the measure itself.
_UNDIRECTED = {"since_first", "share"}


def identifier(text: str) -> str:
    """Return a name fit for a column: lower case, underscores, a letter first.

    >>> identifier("Web Visit (US)"), identifier("3rd party")
    ('web_visit_us', 'x3rd_party')
    """
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "x"
    return name if name[0].isalpha() else f"x{name}"


def behaviour_feature(
    *,
    name: str,
    label: str,
    source: Behaviour,
    group: str | None = None,
    direction: str = "any",
    hours_name: str = "",
) -> Feature:
    """Build the feature of one measure with its name, unit, group and plain-language label."""
    prefix = {"lead": "", "colleagues": "colleagues_", "account": "account_"}[source.scope]
    told = label + _WHOSE[source.scope]
    sign = DIRECTIONS[direction]
    if source.measure == "since_last":
        sign = -sign
    elif source.measure in _UNDIRECTED:
        sign = 0
    return Feature(
        name=f"{prefix}{identifier(name)}_{_suffix(source, hours_name)}",
        unit=_UNITS[source.measure],
        group=group or told,
        label=f"colleagues with {_within(source, label)}"
        if source.measure == "people" and source.scope == "colleagues"
        else _phrase(source, told, hours_name),
        direction=sign,
        source=source,
    )


def _suffix(source: Behaviour, hours_name: str) -> str:
    if source.measure in {"since_last", "since_first"}:
        return f"days_{source.measure}"
    if source.measure == "last":
        return "last_value"
    span = "all" if source.span == ALL_TIME else format_duration(source.span).replace(".", "_")
    return f"{source.measure}_{hours_name}_{span}" if hours_name else f"{source.measure}_{span}"


def _within(source: Behaviour, label: str) -> str:
    return f"{label} so far" if source.span == ALL_TIME else f"{label} in {words(source.span)}"


def _phrase(source: Behaviour, label: str, hours_name: str) -> str:
    span = "" if source.span == ALL_TIME else words(source.span)
    within = _within(source, label)
    return {
        "count": within,
        "sum": f"total of {within}",
        "max": f"highest value of {within}",
        "last": f"last value of {label}",
        "active_days": f"days with {within}",
        "campaigns": f"campaigns of {within}",
        "people": f"people with {within}",
        "decayed": f"recent {label} (half-life {span})",
        "decayed_sum": f"recent total of {label} (half-life {span})",
        "since_last": f"days since the last {label}",
        "since_first": f"days since the first {label}",
        "trend": f"{label} in {span} against the {span} before",
        "burst": f"most {label} within any {span}",
        "share": f"share of {within} at {hours_name.replace('_', ' ')}",
    }[source.measure]


def label_parts(source: Behaviour, label: str) -> tuple[str, str] | None:
    """Return the plain label that :func:`behaviour_feature` was given, and the name of its hours, or None.

    >>> visits = Behaviour(scope="colleagues", kinds=("visit",), measure="count", span=7 * 86_400_000_000)
    >>> label_parts(visits, "web visits of colleagues in 7 days")
    ('web visits', '')
    """
    hours = ""
    if source.measure == "share":
        label, _, hours = label.rpartition(" at ")
        phrase = _phrase(source, f"\0{_WHOSE[source.scope]}", "").removesuffix(" at ")
        before, after = phrase.split("\0")
    elif source.measure == "people" and source.scope == "colleagues":
        before, after = f"colleagues with {_within(source, chr(0))}".split("\0")
    else:
        before, after = _phrase(source, f"\0{_WHOSE[source.scope]}", "").split("\0")[:2]
    if len(label) <= len(before) + len(after) or not (label.startswith(before) and label.endswith(after)):
        return None
    return label[len(before) : len(label) - len(after)], hours


def words(span: int) -> str:
    """Return a duration as people say it.

    >>> words(30 * 86_400_000_000), words(3_600_000_000)
    ('30 days', '1 hour')
    """
    text = format_duration(span)
    unit = {"d": "day", "h": "hour", "m": "minute", "s": "second"}[text[-1]]
    return f"{text[:-1]} {unit}{'' if text[:-1] == '1' else 's'}"
