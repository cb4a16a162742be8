"""What distilling found, as tables for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table

from models.card.words import signed

if TYPE_CHECKING:
    from training.comparison import Estimate
    from training.distil.result import Distilled


def rules_table(found: Distilled) -> Table:
    """Return a line a rule: its points, how many leads meet it, and what became of them."""
    table = Table(title="The card", box=SIMPLE, padding=(0, 1), title_justify="left")
    for name in ("axis", "rule", "points", "leads", "positive with", "without"):
        table.add_column(name, justify="left" if name in {"axis", "rule"} else "right")
    for rule in found.rules:
        rates = (f"{rate:.1%}" for rate in (rule.share, rule.rate_with, rule.rate_without))
        table.add_row(rule.axis, rule.name, signed(rule.points), *rates)
    return table


def path_table(found: Distilled) -> Table:
    """Return a line for each number of rules, by cards that did not see the accounts that they are measured on."""
    table = Table(
        title="How many rules (training accounts that the cards did not see)",
        box=SIMPLE,
        padding=(0, 1),
        title_justify="left",
    )
    for name in ("rules", "log loss", "AUC", "gain in log loss"):
        table.add_column(name, justify="right")
    for step in found.path:
        table.add_row(str(step.rules), f"{step.log_loss:.4f}", f"{step.auc:.3f}", interval(step.gain, 4))
    return table


def arms_table(found: Distilled) -> Table:
    """Return a line for each arm on the held-out rows, with differences to the model."""
    compared = found.lost.comparison
    table = Table(title="Held-out rows", box=SIMPLE, padding=(0, 1), title_justify="left")
    head = ("", "AUC", "log loss", "found", f"AUC − {found.lost.model}'s", "log loss −", "found −")
    for name in head:
        table.add_column(name, justify="right" if name else "left")
    for name, figures in compared.estimates.items():
        gaps = compared.differences.get(name)
        cells = [] if gaps is None else [interval(gaps[m], d) for m, d in _SHOWN]
        table.add_row(name, *(f"{figures[m].value:.{d}f}" for m, d in _SHOWN), *cells)
    return table


def values_table(found: Distilled) -> Table:
    """Return a line a score value: what the card promises, and what came."""
    table = Table(title="Points and what came of them", box=SIMPLE, padding=(0, 1), title_justify="left")
    for name in ("points", "leads", "promised", "came", "95 %"):
        table.add_column(name, justify="right")
    for line in found.lost.lines:
        points = signed(line.lowest)
        if line.highest != line.lowest:
            points += f" to {signed(line.highest)}"
        seen = line.seen
        table.add_row(
            points,
            f"{line.leads:,}",
            f"{line.promised:.1%}",
            f"{seen.value:.1%}",
            f"{seen.low:.1%} to {seen.high:.1%}",
        )
    return table


_SHOWN = (("auc", 3), ("log_loss", 4), ("found_at_capacity", 0))


def interval(estimate: Estimate, digits: int) -> str:
    """Return a difference with its interval and signs; a dash where there is none."""
    if not estimate.low <= estimate.high:
        return "–"
    value, low, high = (f"{end:+.{digits}f}" for end in (estimate.value, estimate.low, estimate.high))
    return f"{value} ({low} to {high})".replace("-", "−")
