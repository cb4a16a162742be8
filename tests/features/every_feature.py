"""A feature set with everything that the language can say; a new measure or source joins by itself."""

from __future__ import annotations

from typing import get_args

from features.facts.clock import DAY, HOUR
from features.functions import LeadView, feature_function, find_function
from features.language import (
    ALL_TIME,
    AttributeChange,
    AttributeMatch,
    AttributeValue,
    Behaviour,
    ColleagueAttribute,
    Derived,
    Feature,
    FeatureSet,
    FilledShare,
    Function,
    LeadAge,
    Measure,
    Source,
    Touch,
)
from features.language.behaviour import ACCOUNT_KINDS
from features.texts import READERS
from tests.features.histories import KINDS, UNTRACKED

SPANS = (6 * HOUR, DAY, 7 * DAY, ALL_TIME)
ENDLESS = ("since_last", "since_first", "last")
FINITE = ("decayed", "decayed_sum", "trend", "burst")


@feature_function
def weighted_visits(lead: LeadView) -> float | None:
    """Count visits, colleagues' half, unless the lead is an intern."""
    if lead.attributes.get(("lead", "title")) == "Intern":
        return None
    own = sum(event.kind == "visit" and event.channel != "mail" for event in lead.events)
    others = sum(event.kind == "visit" for other in lead.colleagues or () for event in other.events)
    return own + 0.5 * others


def _feature(name: str, source: Source, levels: tuple[str, ...] = ()) -> Feature:
    return Feature(name=name, unit="x", group="x", label=name, source=source, levels=levels)


def _spans(measure: str) -> tuple[int, ...]:
    if measure in ENDLESS:
        return (ALL_TIME,)
    return SPANS[:3] if measure in FINITE else SPANS


def _behaviours() -> list[Feature]:
    choices = [{"kinds": ("visit",)}, {"kinds": KINDS}, {"kinds": ("never_seen",)}]
    choices += [
        {"kinds": KINDS, "channels": ("web",)},
        {"kinds": ("visit", "email"), "campaigns": ("fair", "gone")},
    ]
    found = []
    for scope in ("lead", "colleagues"):
        for number, choice in enumerate(choices):
            for measure in get_args(Measure):
                hours = "mon-fri 6-18" if measure == "share" else None
                found += [
                    _feature(
                        f"{scope}_{number}_{measure}_{i}",
                        Behaviour(scope=scope, measure=measure, span=span, hours=hours, **choice),
                    )
                    for i, span in enumerate(_spans(measure))
                ]
    for kinds in (ACCOUNT_KINDS, *((kind,) for kind in ACCOUNT_KINDS)):
        for measure in ("count", "since_last", "since_first", "trend", "decayed", "burst", "active_days"):
            found += [
                _feature(
                    f"account_{len(kinds)}_{kinds[0]}_{measure}_{i}",
                    Behaviour(scope="account", kinds=kinds, measure=measure, span=span),
                )
                for i, span in enumerate(_spans(measure))
            ]
    return found


def _attributes() -> list[Feature]:
    title = AttributeValue(entity="lead", attribute="title", type="category")
    found = [
        _feature("title", title, ("CTO", "VP Sales")),
        _feature("visits", AttributeValue(entity="lead", attribute="visits_before", type="number")),
        _feature("absent", AttributeValue(entity="account", attribute="nothing", type="number")),
        _feature("size", AttributeValue(entity="account", attribute="size", type="number")),
        _feature("chief", AttributeMatch(entity="lead", attribute="title", texts=("vp sales", "cto"))),
        _feature("says_chief", AttributeMatch(entity="lead", attribute="title", texts=("chief",), whole=False)),
        _feature("filled", FilledShare(attributes=(("lead", "title"), ("account", "size"), ("lead", "gone")))),
    ]
    for name, reader in READERS.items():
        attribute = UNTRACKED if reader.kind == "number" else "title"
        source = AttributeValue(entity="lead", attribute=attribute, type=reader.kind, read=name)
        found.append(_feature(f"read_{name}", source, reader.levels if reader.kind == "category" else ()))
    for entity, attribute in (("lead", "title"), ("account", "size"), ("lead", UNTRACKED), ("lead", "gone")):
        for measure in ("changes", "days_since_change"):
            source = AttributeChange(entity=entity, attribute=attribute, measure=measure)
            found.append(_feature(f"{attribute}_{measure}", source))
    for read in (None, "seniority"):
        found.append(
            _feature(
                f"distinct_{read or 'titles'}",
                ColleagueAttribute(attribute="title", measure="distinct", read=read),
            )
        )
    few = ColleagueAttribute(attribute="title", measure="count", values=("CTO", "Intern"))
    return [*found, _feature("count_some", few)]


def _rowwise() -> list[Feature]:
    count, last = "lead_0_count_2", "lead_1_since_last_0"
    texts = [
        f"{count} / lead_age",
        f"log1p({count}) - exp(-{last}) * sqrt(size) ** 0.5",
        f"max({count}, {last}, 2) if {count} > 1 and not is_missing({last}) else -min(visits, size)",
        f"coalesce({last}, visits, 7) <= 7 or {count} == 2",
        f"abs(visits) ** visits + log({count}) * (size != 10) - (size >= 5) + (visits < 0)",
        "derived_0 + derived_4",
    ]
    found = [_feature(f"derived_{i}", Derived(expression=text)) for i, text in enumerate(texts)]
    _, digest = find_function(__name__, "weighted_visits")
    return [_feature("function", Function(module=__name__, function="weighted_visits", digest=digest)), *found]


def every_feature() -> FeatureSet:
    """Every source, measure, scope, filter and span that the language has."""
    touches = [
        _feature(
            f"touch_{what}_{place}".replace("-", "first_"), Touch(kinds=kinds, what=what, place=place), levels
        )
        for what, places, levels in (("kind", (1, 2, 3), KINDS[:2]), ("channel", (1, -1), ("web",)))
        for place in places
        for kinds in (KINDS,)
    ]
    found = [_feature("lead_age", LeadAge()), *_behaviours(), *touches, *_attributes(), *_rowwise()]
    return FeatureSet(name="every", features=tuple(found))
