"""A card as a person reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.card.words import condition_words, either, points_words, rule_sentence, signed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from models.card.card import PointCard
    from models.card.replay import Replayed
    from models.card.rule import Rule
    from models.card.scorer import CardScorer

_AXES = {"fit": "Fit: what a lead is", "engagement": "Engagement: what people did"}


def show_card(card: PointCard, unbound: Collection[Rule] = ()) -> list[str]:
    """Return the card in lines: agreement, both axes with a sentence a rule, grades, grid, what happens.

    Rules in ``unbound`` are marked as those that the data have nothing of.
    """
    lines = [f"{card.title or card.name.replace('_', ' ')} ({card.label})", *_agreement(card)]
    for axis, said in _AXES.items():
        rules, cap = card.axes[axis].rules, card.axes[axis].cap
        if rules:
            lines += ["", said + (f" (at most {signed(cap)} points together)" if cap is not None else "")]
            lines += _rules(rules, unbound)
    if card.cap is not None:
        lines += ["", f"No lead has more than {points_words(card.cap)}."]
    return [*lines, "", *_grades(card)]


def _agreement(card: PointCard) -> list[str]:
    agreed = card.agreed
    line = f"Agreed by {either(agreed.by, 'and')} on {agreed.on}"
    if agreed.valid_from is not None:
        line += f", holds from {agreed.valid_from}"
    if agreed.replaces is not None:
        line += f", replaces {agreed.replaces}"
    lines = [f"{line}."]
    if agreed.note:
        lines.append(agreed.note)
    if card.signed is None:
        lines.append("Not signed.")
    else:
        lines.append(f"Signed by {either(card.signed.by, 'and')} on {card.signed.on}.")
    return lines


def _rules(rules: list[Rule], unbound: Collection[Rule]) -> list[str]:
    nothing = " (the data have nothing of this)"
    return [f"  {rule_sentence(rule)}{nothing if rule in unbound else ''}" for rule in rules]


def _grades(card: PointCard) -> list[str]:
    cuts = card.grades.as_tuple()
    spans = dict(zip("ABCD", _spans(cuts), strict=True))
    lines = ["Grades"]
    for grade, span in spans.items():
        action = f": {getattr(card.actions, grade)}" if card.actions is not None else ""
        lines.append(f"  {grade}  {span} points{action}")
    lines.append(f"Qualified, and handed to sales, from {points_words(card.qualified)} on.")
    if card.grid is not None:
        fit = _spans(card.grid.fit.as_tuple())
        engagement = _spans(card.grid.engagement.as_tuple())
        lines += ["", "Grid, from A1 to D4"]
        lines.append("  " + "; ".join(f"{letter}: fit {span}" for letter, span in zip("ABCD", fit, strict=True)))
        numbers = zip("1234", engagement, strict=True)
        lines.append("  " + "; ".join(f"{number}: engagement {span}" for number, span in numbers))
    return lines


def _spans(cuts: tuple[int, int, int]) -> tuple[str, str, str, str]:
    """Return the points of each of four steps in words.

    >>> _spans((60, 40, 20))
    ('60 or more', '40 to 59', '20 to 39', 'below 20')
    """
    first, second, third = cuts
    return f"{signed(first)} or more", _span(second, first), _span(third, second), f"below {signed(third)}"


def _span(low: int, high: int) -> str:
    return signed(low) if low == high - 1 else f"{signed(low)} to {signed(high - 1)}"


def lead_lines(scorer: CardScorer, lead_id: str, moments: Sequence[str], points: Replayed) -> list[str]:
    """Return what a card gives one lead at each moment: the total, and every rule that gives points, and why."""
    lines = [f"{lead_id} by {scorer.card.label}"]
    for row, moment in enumerate(moments):
        cell = "" if points.cells is None else f", {points.cells[row]}"
        total, fit, engagement = int(points.total[row]), *map(int, points.axes[row])
        lines.append(
            f"{moment}: {points_words(total)}, grade {points.grades[row]}{cell} "
            f"(fit {signed(fit)}, engagement {signed(engagement)})"
        )
        for number, rule in enumerate(scorer.card.rules):
            given, seen = int(points.rule_points[row, number]), ""
            if given:
                if rule.each:
                    seen = f"; {int(points.values[row, number]):,} seen"
                said = f"{points_words(rule.points)} {condition_words(rule)}"
                lines.append(f"  {signed(given):>5}  {rule.name} ({said}{seen})")
        lost = int(points.rule_points[row].sum()) - total
        if lost:
            lines.append(f"  {signed(-lost):>5}  taken away by the caps")
    return lines
