"""What one card says otherwise than another, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.card.condition import same_condition
from models.card.words import condition_words, either, points_words, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.card.card import PointCard
    from models.card.rule import Rule


def diff_cards(old: PointCard, new: PointCard) -> list[str]:
    """Return a sentence for each thing in which ``new`` differs from ``old``; none where they mean the same.

    A rule is recognised by its name, else by its condition; the order of rules means nothing.
    """
    return [*_rules(old, new), *_caps(old, new), *_cuts(old, new), *_actions(old, new), *_agreement(old, new)]


def _rules(old: PointCard, new: PointCard) -> Iterator[str]:
    before, after = _placed(old), _placed(new)
    pairs = _pairs(before, after)
    for name, (axis, rule) in before.items():
        if name not in pairs:
            yield f"{rule.name}: taken out of {axis} ({points_words(rule.points)} {condition_words(rule)})"
    for name, other in pairs.items():
        yield from _changes(*before[name], *after[other])
    found = set(pairs.values())
    for name, (axis, rule) in after.items():
        if name not in found:
            yield f"{rule.name}: new under {axis}: {points_words(rule.points)} {condition_words(rule)}"


def _placed(card: PointCard) -> dict[str, tuple[str, Rule]]:
    return {rule.name: (axis, rule) for axis, part in card.axes.items() for rule in part.rules}


def _pairs(before: dict[str, tuple[str, Rule]], after: dict[str, tuple[str, Rule]]) -> dict[str, str]:
    pairs = {name: name for name in before if name in after}
    free = {same_condition(rule): name for name, (_, rule) in after.items() if name not in before}
    for name, (_, rule) in before.items():
        if name not in pairs and (other := free.pop(same_condition(rule), None)) is not None:
            pairs[name] = other
    return pairs


def _changes(axis: str, rule: Rule, now_under: str, now: Rule) -> Iterator[str]:
    if rule.name != now.name:
        yield f"{rule.name}: now called {now.name}"
    if axis != now_under:
        yield f"{now.name}: moved from {axis} to {now_under}"
    if rule.points != now.points:
        yield f"{now.name}: {points_words(now.points)} instead of {signed(rule.points)}"
    same_but_cap = same_condition(rule) == same_condition(now)
    if not same_but_cap:
        yield f"{now.name}: now {condition_words(now)}; before {condition_words(rule)}"
    elif rule.cap != now.cap:
        yield f"{now.name}: {_cap(rule.cap, now.cap)}"


def _caps(old: PointCard, new: PointCard) -> Iterator[str]:
    for axis, part in old.axes.items():
        if part.cap != new.axes[axis].cap:
            yield f"{axis}: {_cap(part.cap, new.axes[axis].cap)}"
    if old.cap != new.cap:
        yield f"total: {_cap(old.cap, new.cap)}"


def _cap(before: int | None, now: int | None) -> str:
    if now is None:
        return f"no cap any more; before {signed(before or 0)}"
    return f"capped at {points_words(now)}" + (
        ", before without a cap" if before is None else f" instead of {signed(before)}"
    )


def _cuts(old: PointCard, new: PointCard) -> Iterator[str]:
    yield from _steps("grade", "ABC", old.grades.as_tuple(), new.grades.as_tuple())
    if old.qualified != new.qualified:
        yield f"qualified: from {points_words(new.qualified)} on instead of {signed(old.qualified)}"
    if old.grid is None and new.grid is not None:
        yield "grid: new, from A1 to D4"
    elif old.grid is not None and new.grid is None:
        yield "grid: taken out"
    elif old.grid is not None and new.grid is not None:
        yield from _steps("grid: letter", "ABC", old.grid.fit.as_tuple(), new.grid.fit.as_tuple())
        yield from _steps("grid: number", "123", old.grid.engagement.as_tuple(), new.grid.engagement.as_tuple())


def _steps(what: str, names: str, before: tuple[int, ...], now: tuple[int, ...]) -> Iterator[str]:
    for name, was, is_ in zip(names, before, now, strict=True):
        if was != is_:
            yield f"{what} {name}: from {points_words(is_)} on instead of {signed(was)}"


def _actions(old: PointCard, new: PointCard) -> Iterator[str]:
    for grade in "ABCD":
        was, is_ = getattr(old.actions, grade, None), getattr(new.actions, grade, None)
        if was != is_:
            yield f"what happens to {grade}: {is_ or 'nothing is said'}; before {was or 'nothing was said'}"


def _agreement(old: PointCard, new: PointCard) -> Iterator[str]:
    said = {
        "by": "agreed by",
        "on": "agreed on",
        "valid_from": "holds from",
        "replaces": "replaces",
        "note": "note",
    }
    for key, words in said.items():
        was, is_ = getattr(old.agreed, key), getattr(new.agreed, key)
        if was != is_:
            yield f"{words}: {_said(is_)}; before {_said(was)}"
    if old.name != new.name:
        yield f"name: {new.name}; before {old.name}"
    if old.title != new.title:
        yield f"title: {_said(new.title)}; before {_said(old.title)}"
    if old.signed != new.signed:
        yield f"signed: {_signature(new)}; before {_signature(old)}"


def _said(value: Any) -> str:  # noqa: ANN401 - a name, names or a date
    if value is None:
        return "nothing is said"
    return either(value, "and") if isinstance(value, list) else str(value)


def _signature(card: PointCard) -> str:
    return "not signed" if card.signed is None else f"by {either(card.signed.by, 'and')} on {card.signed.on}"
