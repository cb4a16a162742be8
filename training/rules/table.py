"""The verdicts and the refit's path as tables for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from training.rules.verdict import span_of, whole

if TYPE_CHECKING:
    from training.comparison import Estimate
    from training.rules.judge import RuleVerdicts
    from training.rules.path import RefitPath


def verdicts_table(verdicts: RuleVerdicts) -> Table:
    """Return one line a rule: who meets it, the rates, its points agreed and worth, and the verdict."""
    by_model = verdicts.lacks is not None
    table = Table(
        title=f"{verdicts.card} rule by rule: {verdicts.n_leads:,} leads, {verdicts.n_opportunities:,} with an "
        "opportunity",
        caption="Leads met a rule at one look or more. Rates are of looks, a lead's looks together weighing as "
        "one lead, with the rule met or not. Worth: by all rules together, with intervals that hold for all "
        "rules at once with 95 %; --json has the rates' intervals",
        box=box.SIMPLE_HEAD,
        title_justify="left",
    )
    table.add_column("rule")
    names = ["leads", "rate with", "without", "given", "worth", *(["by the model"] if by_model else [])]
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for one in verdicts.rules:
        cells = [f"{one.leads:,}", _rate(one.rates.with_rule), _rate(one.rates.without)]
        cells += [whole(one.given), _points(one.worth)]
        table.add_row(one.rule, *cells, *([_points(one.model_worth)] if by_model else []), one.words)
    return table


def path_table(path: RefitPath) -> Table:
    """Return one line a step: the change, and what all changes so far gain on the held-out leads."""
    unproven = "; steps in brackets cannot yet be told from chance" if path.further else ""
    table = Table(
        title=f"{path.card.label}: the fewest changes, by {path.n_leads:,} leads, {path.n_opportunities:,} with "
        "an opportunity",
        caption="Gains of all changes so far over the agreed card, on leads that were not learnt from, with 95 % "
        f"intervals{unproven}",
        box=box.SIMPLE_HEAD,
        title_justify="left",
    )
    table.add_column("")
    table.add_column("rule")
    for name in ("agreed", "proposed", "log loss, less", "found at capacity, more", "qualified"):
        table.add_column(name, justify="right")
    agreed = "" if path.qualified is None else f"{path.qualified:.0%}"
    table.add_row("0", "as agreed", "", "", "", "", agreed)
    for number, step in enumerate((*path.steps, *path.further), 1):
        change = step.change
        gained = "" if step.held_in_all is None else _signed(step.held_in_all, 4)
        found = "" if step.found is None else _signed(step.found, 0)
        share = "" if step.qualified is None else f"{step.qualified:.0%}"
        new = whole(change.after) if change.after else "out"
        place = str(number) if number <= len(path.steps) else f"({number})"
        table.add_row(place, change.rule, whole(change.before), new, gained, found, share)
    return table


def _rate(rate: Estimate) -> str:
    return "–" if rate.value != rate.value else f"{rate.value:.1%}"


def _points(worth: Estimate | None) -> str:
    return "–" if worth is None else f"{whole(worth.value)} ({span_of(worth)})"


def _signed(gain: Estimate, digits: int) -> str:
    return f"{gain.value:+.{digits}f} ({gain.low:+.{digits}f} to {gain.high:+.{digits}f})".replace("-", "−")
