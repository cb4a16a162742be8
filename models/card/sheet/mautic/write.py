"""Rules as Mautic's point actions, where Mautic can express them; and which it cannot, with the reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from features.errors import ConfigError
from models.card.sheet.faults import UnreadableError
from models.card.sheet.mautic.mapping import LIMITS, URL_HIT, Mapping, read_mapping

if TYPE_CHECKING:
    from pathlib import Path

    from models.card.card import PointCard
    from models.card.rule import Rule


@dataclass(frozen=True)
class Written:
    """How many actions were written, which rules were not and why, and what the written ones leave out."""

    actions: int
    left_out: tuple[tuple[str, str], ...]
    loosened: tuple[tuple[str, str], ...]


def write_mautic(card: PointCard, path: Path, *, mapping: Mapping | None = None, loosely: bool = False) -> Written:
    """Write the rules that Mautic can express as JSON, in the shape of its API's list.

    Mautic's points never expire and have no maximum: a rule with ``within``, ``half_life`` or ``cap`` is left out,
    or with ``loosely`` written without them.

    Raises
    ------
    ConfigError
        Mautic can express no rule of the card, or the file cannot be written.

    """
    mapping = mapping or read_mapping()
    actions: list[dict[str, Any]] = []
    left_out: list[tuple[str, str]] = []
    loosened: list[tuple[str, str]] = []
    for rule in card.rules:
        dropped = _dropped(rule)
        try:
            if dropped and not loosely:
                raise UnreadableError(f"Mautic's points know no {' and no '.join(dropped)}")  # noqa: TRY301
            action = _action(rule, mapping)
        except UnreadableError as error:
            left_out.append((rule.name, str(error)))
        else:
            actions.append(action)
            loosened += [(rule.name, f"without {' and '.join(dropped)}")] if dropped else []
    caps = [
        name
        for name, cap in (("fit", card.fit.cap), ("engagement", card.engagement.cap), ("total", card.cap))
        if cap
    ]
    loosened += [("the card", f"without the cap on {', '.join(caps)}")] if caps and actions else []
    if not actions:
        reasons = "\n".join(f"  {name}: {why}" for name, why in left_out)
        raise ConfigError(
            f"{path}: not written, since Mautic can express no rule of {card.name}:\n{reasons}",
            hint="--loosely writes rules without what Mautic lacks; --mapping FILE says what its actions mean",
        )
    _save(path, {"total": len(actions), "points": actions})
    return Written(len(actions), tuple(left_out), tuple(loosened))


def _dropped(rule: Rule) -> list[str]:
    told = [] if rule.within in {None, "all"} else [f"window ({rule.within})"]
    told += [] if rule.half_life is None else [f"half-life ({rule.half_life})"]
    return told + ([] if rule.cap is None else [f"maximum ({rule.cap})"])


def _action(rule: Rule, mapping: Mapping) -> dict[str, Any]:
    if rule.event is None:
        raise UnreadableError(f"Mautic gives points for what people do, not for an {rule.subject}")
    if rule.who != "lead":
        raise UnreadableError("Mautic knows nothing of colleagues")
    if rule.days_since is not None or rule.distinct_days is not None:
        raise UnreadableError("Mautic counts neither days since an event nor distinct days")
    kind, things = _places(rule, mapping)
    properties: dict[str, Any] = {}
    if kind == URL_HIT:
        properties = {"page_url": things[0], "page_hits": rule.at_least if (rule.at_least or 1) > 1 else None}
    elif (rule.at_least or 1) > 1:
        raise UnreadableError("Mautic counts how often for addresses (url.hit) alone")
    elif things:
        properties = {LIMITS[kind]: [int(thing) if thing.isdigit() else thing for thing in things]}
    return {
        "name": rule.name,
        "type": kind,
        "delta": rule.points,
        "repeatable": rule.repeats,
        "isPublished": True,
        "properties": properties,
    }


def _places(rule: Rule, mapping: Mapping) -> tuple[str, list[str]]:
    """Return the type of action and the things it is limited to; all kinds of a rule must fit in one action."""
    found = {kind: mapping.action_of(kind) for kind in rule.kinds}
    unknown = [kind for kind, action in found.items() if action is None]
    if unknown:
        raise UnreadableError(f"the mapping names no action for {', '.join(unknown)}")
    places = [action for action in found.values() if action is not None]
    types = {kind for kind, _ in places}
    things = [thing for _, thing in places if thing is not None]
    one_place = len(types) == 1 and (len(things) == len(places) or not things)
    if not one_place or (URL_HIT in types and len(things) > 1):
        raise UnreadableError("an action of Mautic's is on one type; make a rule of each")
    return next(iter(types)), things


def _save(path: Path, content: dict[str, Any]) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
