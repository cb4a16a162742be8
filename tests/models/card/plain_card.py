"""A card once more, in plain Python: straight from its YAML's keys and from lists of facts, as people count.

Nothing of :mod:`models` is used here, and no arrays; what an attribute's text means is taken from the lexicon.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from features.texts import READERS

DAY = 86_400_000_000
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_NEVER = 2**62


@dataclass
class Person:
    """A lead: when it was created, its account, its events as (at, known_at, kind)."""

    created_at: int
    account: str | None
    events: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass
class World:
    """A dataset as lists: versions as (known_at, text) by (entity, id, name), outcomes by account."""

    people: dict[str, Person]
    versions: dict[tuple[str, str, str], list[tuple[int, str | None]]]
    outcomes: dict[str, list[tuple[int, str]]]
    observed_from: dict[str, int]
    first_deal: int

    @property
    def attributes(self) -> set[tuple[str, str]]:
        return {(entity, name) for entity, _, name in self.versions}

    @property
    def kinds(self) -> set[str]:
        return {kind for person in self.people.values() for _, _, kind in person.events}


def _moment(value) -> int:
    return round(value.timestamp() * 1_000_000)


def _text(value) -> str | None:
    return value if isinstance(value, str) else None


def read_world(dataset) -> World:
    """Read a dataset's tables into lists."""
    people = {
        row.lead_id: Person(_moment(row.created_at), _text(row.account_id))
        for row in dataset.frame("leads").itertuples()
    }
    for row in dataset.frame("events").itertuples():
        people[row.lead_id].events.append((_moment(row.at), _moment(row.known_at), row.kind))
    versions: dict = {}
    for row in dataset.frame("attributes").itertuples():
        own = versions.setdefault((row.entity, row.entity_id, row.name), [])
        own.append((_moment(row.known_at), _text(row.value)))
    outcomes: dict = {}
    created = []
    for row in dataset.frame("opportunities").itertuples():
        created.append(_moment(row.created_at))
        account = _text(row.account_id) or (people[row.lead_id].account if _text(row.lead_id) else None)
        if account is None:
            continue
        own = outcomes.setdefault(account, [])
        own.append((_moment(row.created_at), "opportunity"))
        closed = _moment(row.closed_at) if row.closed_at is not pd.NaT else None
        if closed is not None and row.won in (True, False):
            own.append((closed, "opportunity_won" if row.won else "opportunity_lost"))
    observed = {
        kind: round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1_000_000)
        for kind, text in dataset.manifest.observed_from.items()
    }
    return World(people, versions, outcomes, observed, min(created, default=_NEVER))


def plain_points(card: dict, world: World, lead_id: str, as_of: int) -> dict:
    """Return rule points by name, points of both axes, the total, the grade and the cell."""
    rules, axes = {}, {}
    for axis in ("fit", "engagement"):
        part = card.get(axis, {})
        for rule in part.get("rules", []):
            rules[rule["name"]] = _rule(rule, world, lead_id, as_of)
        own = sum(rules[rule["name"]] for rule in part.get("rules", []))
        axes[axis] = own if own <= part.get("cap", own) else part["cap"]
    total = axes["fit"] + axes["engagement"]
    total = total if total <= card.get("cap", total) else card["cap"]
    cell = None
    if "grid" in card:
        cell = _step(axes["fit"], card["grid"]["fit"], "ABCD") + _step(
            axes["engagement"], {str(key): value for key, value in card["grid"]["engagement"].items()}, "1234"
        )
    return {
        "rules": rules,
        "axes": axes,
        "total": total,
        "grade": _step(total, card["grades"], "ABCD"),
        "cell": cell,
    }


def _step(points: int, cuts: dict, names: str) -> str:
    for name in names[:3]:
        if points >= cuts[name]:
            return name
    return names[3]


def _rule(rule: dict, world: World, lead_id: str, as_of: int) -> int:
    if "attribute" in rule:
        return rule["points"] if _attribute_holds(rule, world, lead_id, as_of) else 0
    return _behaviour(rule, world, lead_id, as_of)


def _attribute_holds(rule: dict, world: World, lead_id: str, as_of: int) -> bool:
    entities = [entity for entity, name in world.attributes if name == rule["attribute"]]
    entities = [entity for entity in entities if rule.get("entity", entity) == entity]
    if not entities:
        return False
    [entity] = entities
    owner = lead_id if entity == "lead" else world.people[lead_id].account
    text = None
    for known_at, value in sorted(world.versions.get((entity, owner, rule["attribute"]), []), key=lambda v: v[0]):
        if known_at < as_of:
            text = value
    if "missing" in rule:
        return text is None
    if text is not None and "read" in rule:
        meant = READERS[rule["read"]].read(text)
        text = None if meant is None else str(meant)
    return text is not None and _text_holds(rule, text.strip().lower())


def _text_holds(rule: dict, text: str) -> bool:
    if "between" in rule:
        low, high = rule["between"]
        if not re.fullmatch(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", text):
            return False
        return (low is None or float(text) >= low) and (high is None or float(text) <= high)
    if "contains" in rule:
        return any(_has_word(text, wanted.strip().lower()) for wanted in rule["contains"])
    return text in [str(wanted).strip().lower() for wanted in rule.get("in", [rule.get("equals")])]


def _has_word(text: str, word: str) -> bool:
    padded = f" {text} "
    for start in range(len(padded)):
        if padded.startswith(word, start):
            before, after = padded[start - 1], padded[start + len(word)]
            if not (before.isalnum() or before == "_" or after.isalnum() or after == "_"):
                return True
    return False


def _span(text) -> int:
    return int(float(text[:-1]) * _SECONDS[text[-1]] * 1_000_000)


def _behaviour(rule: dict, world: World, lead_id: str, as_of: int) -> int:
    lead = world.people[lead_id]
    everybody = [other for other in world.people.values() if lead.account and other.account == lead.account]
    if "account" in rule:
        if lead.account is None:
            return 0
        outcomes = world.outcomes.get(lead.account, [])
        seen = [[at for at, kind in outcomes if kind == rule["account"] and at < as_of]]
        first, observed = min(other.created_at for other in everybody), world.first_deal
    else:
        kinds = rule["event"] if isinstance(rule["event"], list) else [rule["event"]]
        kinds = [kind for kind in kinds if kind in world.kinds]
        if not kinds:
            return 0
        observed = max(world.observed_from.get(kind, _NEVER) for kind in kinds)
        people, first = [lead], lead.created_at
        if rule.get("who") == "colleagues":
            if lead.account is None:
                return 0
            people = [other for other in everybody if other is not lead and other.created_at < as_of]
            first = min(other.created_at for other in everybody)
        seen = [
            [at for at, known_at, kind in person.events if kind in kinds and at < as_of and known_at < as_of]
            for person in people
        ]
    return _counted(rule, seen, first, observed, as_of)


def _counted(rule: dict, seen: list[list[int]], first: int, observed: int, as_of: int) -> int:
    points = rule["points"]
    if "days_since" in rule:
        ages = [(as_of - at) / DAY for own in seen for at in own]
        low, high = rule["days_since"]
        met = ages and (low is None or min(ages) >= low) and (high is None or min(ages) <= high)
        return points if met else 0
    reach = _NEVER
    if "half_life" in rule:
        reach = 8 * _span(rule["half_life"])
    elif rule.get("within", "all") != "all":
        reach = _span(rule["within"])
    # Before a kind was observed nobody knows what happened, unless the lead came later than that.
    if max(as_of - reach, first) < observed:
        return 0
    seen = [[at for at in own if as_of - at <= reach] for own in seen]
    number = sum(len(own) for own in seen)
    if "half_life" in rule:
        weight = sum(0.5 ** ((as_of - at) / _span(rule["half_life"])) for own in seen for at in own)
        return _capped(rule, int(math.copysign(math.floor(abs(weight * points) + 0.5 + 1e-9), points)))
    if rule.get("each"):
        return _capped(rule, number * points)
    if "distinct_days" in rule:
        days = sum(len({at // DAY for at in own}) for own in seen)
        return points if days >= rule["distinct_days"] else 0
    return points if number >= rule.get("at_least", 1) else 0


def _capped(rule: dict, points: int) -> int:
    if "cap" not in rule:
        return points
    return min(points, rule["cap"]) if rule["points"] > 0 else max(points, rule["cap"])
