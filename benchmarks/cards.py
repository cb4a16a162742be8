"""What the judgement of a card and its refit say where the truth is known: a planted card, and cards beside it.

``python -m benchmarks.cards --markets 40`` simulates markets of 8,000 leads, draws their outcomes from a planted
card of twelve rules, and agrees on that card, on one with three rules wrong, on one with a useless rule, and on
one with a duplicate. Larger markets show how many opportunities it takes to find three wrong rules; a card of ten
rules holds the refit against an exact search.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.box import SIMPLE
from rich.table import Table

from benchmarks.page import write_section
from benchmarks.planted import DUPLICATE, OFF, ORIGINAL, Market, agreed_with, of_ten, three_wrong, with_duplicate
from leadquality.console import out, steps
from training.rules import exact_refit, judge_rules, refit_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.comparison import Estimate
    from training.rules import RefitPath

PAGE = Path(__file__).resolve().parent.parent / "docs" / "results.md"
LEADS = 8000
#: Of the larger markets: their leads, how many of each, and how often outcomes are drawn on each.
LARGER, MARKETS, DRAWS = (16_000, 32_000, 64_000), 4, 10
#: Cards of ten rules that are refitted both ways.
SEARCHES = 5
#: The planted rule that the fewest opportunities speak of; −30 points, of leads that are few.
RAREST = "Student"
#: Replicates of the rates, which are not looked at here.
_FEW = 20


@dataclass
class Tally:
    """What was seen: ``seen[question]`` has an entry a market, ``opportunities`` how many were learnt from."""

    leads: int
    shared: bool
    seen: dict[str, list[float]] = field(default_factory=dict)
    opportunities: list[int] = field(default_factory=list)

    def add(self, question: str, answer: float) -> None:
        """Note one market's answer."""
        self.seen.setdefault(question, []).append(float(answer))

    def count(self, question: str) -> str:
        """Return in how many markets, of how many."""
        answers = self.seen[question]
        return f"{int(sum(answers))} of {len(answers)}"

    def mean(self, question: str) -> str:
        """Return the mean answer."""
        return f"{np.mean(self.seen[question]):.0f}"

    def share(self, question: str) -> str:
        """Return the mean answer in per cent."""
        return f"{np.mean(self.seen[question]):.1%}"


def ask_right(market: Market, tally: Tally) -> None:
    """Agree on the planted card itself: nothing should be proposed, and no verdict contradict it."""
    learn, _ = market.drawn(market.card, 0, shared=tally.shared)
    tally.opportunities.append(learn.leads(learn.label > 0))
    tally.add("no change", not refit_path(learn).steps)
    verdicts = judge_rules(learn, replicates=_FEW)
    tally.add("none contradicted", all(_holds(one.worth, one.given) for one in verdicts.rules))
    tally.add("agrees", float(np.mean([one.code == "agrees" for one in verdicts.rules])))


def _holds(worth: Estimate | None, given: int) -> bool:
    return worth is not None and worth.low <= given <= worth.high


def ask_wrong(market: Market, tally: Tally, draw: int = 1) -> None:
    """Agree on three wrong rules: they should be the first three changes, and the only ones.

    The path has two kinds of steps: those that are proven, which alone it proposes, and those that it shows after
    them as likely. Both heads are counted, each by itself.
    """
    wrong = three_wrong(market.card, np.random.default_rng([market.seed, draw]))
    learn, _ = market.drawn(agreed_with(market.card, wrong), draw, shared=tally.shared)
    if draw > 1:
        tally.opportunities.append(learn.leads(learn.label > 0))
    path = refit_path(learn)
    proposed = [change.rule for change in path.changes]
    found = set(proposed[:3]) == set(wrong)
    tally.add("first three", found)
    tally.add("first three, with the rarest" if RAREST in wrong else "first three, without it", found)
    met = learn.met[:, [rule.name for rule in learn.rules].index(RAREST)]
    tally.add("opportunities of the rarest", learn.leads(met & (learn.label > 0)))
    tally.add("shown first", set(head_of(path)) == set(wrong))
    tally.add("found", len(set(proposed) & set(wrong)) / 3)
    tally.add("a right one changed", bool(set(proposed) - set(wrong)))
    best = refit_path(learn, level=None, changes=3)
    tally.add("best three", {change.rule for change in best.changes} == set(wrong))


def head_of(path: RefitPath) -> list[str]:
    """Return the first three rules that a path names: the proven ones, then those that it shows as likely."""
    return [step.change.rule for step in (*path.steps, *path.further)][:3]


def ask_useless(market: Market, tally: Tally) -> None:
    """Agree on 15 points for a rule that is worth nothing."""
    number = int(np.random.default_rng([market.seed, 2]).integers(len(market.card.rules)))
    rule = market.card.rules[number]
    agreed = agreed_with(market.card, {rule.name: 15 if rule.points > 0 else -15})
    learn, _ = market.drawn(agreed, 2, {rule.name: 0}, shared=tally.shared)
    verdict = judge_rules(learn, replicates=_FEW)[rule.name]
    tally.add("no evidence", verdict.code == "no_evidence")
    tally.add("ruled out", not _holds(verdict.worth, verdict.given))


def ask_duplicate(market: Market, tally: Tally) -> None:
    """Agree on a rule that says again what another says."""
    learn, _ = market.drawn(with_duplicate(market.card), 3, shared=tally.shared)
    verdicts = judge_rules(learn, replicates=_FEW)
    pair = verdicts[DUPLICATE.name], verdicts[ORIGINAL]
    tally.add("duplicate", pair[0].repeats == ORIGINAL or pair[1].repeats == DUPLICATE.name)
    others = [one for one in verdicts.rules if one not in pair]
    tally.add("another called a duplicate", any(one.code == "repeats" for one in others))


def ask_exact(market: Market, tally: Tally) -> None:
    """Refit a card of ten rules, three of them wrong, both ways: the same changes, or how much worse."""
    ten = of_ten(market.card)
    wrong = three_wrong(ten, np.random.default_rng([market.seed, 4]))
    learn, _ = market.drawn(agreed_with(ten, wrong), 4, {"Student": 0, "Website visited": 0}, shared=tally.shared)
    exact = exact_refit(learn, 3)
    quick = refit_path(learn, level=None, changes=3)
    tally.add("same rules", {change.rule for change in quick.changes} == set(exact.changes))
    tally.add("same points", {change.rule: change.after for change in quick.changes} == exact.changes)
    loss = quick.steps[-1].log_loss if quick.steps else quick.log_loss
    won = quick.log_loss - exact.log_loss
    tally.add("gain kept", (quick.log_loss - loss) / won if won > 0 else 1.0)


def measure(markets: int, step: Callable[[str], None]) -> list[Tally]:
    """Return the tallies: 8,000 leads, looks drawn one by one and a lead's luck shared; then more leads."""
    single, shared = Tally(LEADS, False), Tally(LEADS, True)
    for number in range(markets):
        step(f"market {number + 1} of {markets}")
        market = Market.made(LEADS, 1000 + number)
        for tally in (single, shared):
            for ask in (ask_right, ask_wrong, ask_useless, ask_duplicate):
                ask(market, tally)
            if number < SEARCHES:
                ask_exact(market, tally)
    tallies = [single, shared]
    for leads in LARGER:
        tally = Tally(leads, True)
        for number in range(MARKETS):
            step(f"market {number + 1} of {MARKETS} with {leads:,} leads")
            market = Market.made(leads, 2000 + number)
            for draw in range(DRAWS):
                ask_wrong(market, tally, 10 + draw)
        tallies.append(tally)
    return tallies


def lines_of(tallies: list[Tally]) -> list[tuple[str, ...]]:
    """Return the table's lines: a question, what is wanted, and each tally's answer."""
    asked = (
        ("Right card: no change proposed", "at least 95 %", "no change", Tally.count),
        ("Right card: every interval holds what was agreed", "95 %", "none contradicted", Tally.count),
        ("Right card: rules called worth about what you gave", "", "agrees", Tally.share),
        (
            "Three wrong: the first three proposed, all proven",
            "at least 90 %",
            "first three",
            Tally.count,
        ),
        (f"– where {RAREST} is not one of the three", "", "first three, without it", Tally.count),
        (f"– where {RAREST} is one of the three", "", "first three, with the rarest", Tally.count),
        (f"– opportunities of leads that meet {RAREST}", "", "opportunities of the rarest", Tally.mean),
        ("Three wrong: the first three shown, proven or likely", "", "shown first", Tally.count),
        ("Three wrong: wrong rules found", "", "found", Tally.share),
        ("Three wrong: a right rule changed", "", "a right one changed", Tally.count),
        ("Three wrong: they are the best three, unproven", "", "best three", Tally.count),
        ("Useless rule: no evidence", "", "no evidence", Tally.count),
        ("Useless rule: its agreed points are ruled out", "", "ruled out", Tally.count),
        ("Duplicate: named, with the rule it repeats", "", "duplicate", Tally.count),
        ("Duplicate: another rule called one", "", "another called a duplicate", Tally.count),
        ("Exact search: the same three rules", "", "same rules", Tally.count),
        ("Exact search: the same points too", "", "same points", Tally.count),
        ("Exact search: share of its gain kept", "", "gain kept", Tally.share),
    )
    return [
        (text, wanted, *(say(tally, key) if key in tally.seen else "" for tally in tallies))
        for text, wanted, key, say in asked
    ]


def heading(tallies: list[Tally]) -> tuple[str, ...]:
    """Return the table's heading."""
    luck = {False: "looks drawn one by one", True: "a lead's luck shared"}
    return (
        "question",
        "wanted",
        *(
            f"{tally.leads:,} leads, {np.mean(tally.opportunities):.0f} with an opportunity, {luck[tally.shared]}"
            for tally in tallies
        ),
    )


def section(tallies: list[Tally], markets: int) -> str:
    """Return the section of docs/results.md."""
    head = heading(tallies)
    off = " or ".join(map(str, OFF))
    return "\n".join(
        [
            "## A card judged where the truth is known",
            "",
            f"`python -m benchmarks.cards --markets {markets}`: outcomes drawn from a planted card of twelve "
            f"rules, 0.05 log-odds a point and 8 % of looks with an opportunity. Three wrong rules, drawn by "
            f"lot in each market, are off by {off} points either way; a useless rule has 15 points, worth none; a "
            "duplicate is met by nearly the leads of another rule. Counted are leads and opportunities of the "
            f"training rows alone. Larger markets: {MARKETS} of each, outcomes drawn {DRAWS} times on each. "
            f"{RAREST} is counted apart, since the fewest opportunities speak of it.",
            "",
            f"| {' | '.join(head)} |",
            "| --- " * len(head) + "|",
            *(f"| {' | '.join(line)} |" for line in lines_of(tallies)),
            "",
            *(f"- {sentence}" for sentence in verdicts(tallies)),
            "",
        ]
    )


def verdicts(tallies: list[Tally]) -> list[str]:
    """Return what the table says of what was wanted, in sentences."""
    said = []
    for tally in tallies:
        drawn = "a lead's luck shared by its looks" if tally.shared else "looks drawn one by one"
        where = f"{tally.leads:,} leads and {np.mean(tally.opportunities):.0f} opportunities, {drawn}"
        if "no change" in tally.seen:
            rate = float(np.mean(tally.seen["no change"]))
            said.append(f"{where}: right cards left alone {_met(rate, 0.95)}.")
        rate = float(np.mean(tally.seen["first three"]))
        shown = float(np.mean(tally.seen["shown first"]))
        said.append(
            f"{where}: three wrong rules proposed first, all proven, {_met(rate, 0.90)}; the first three that the "
            f"path shows, proven or likely, in {shown:.0%}."
        )
    return said


def _met(rate: float, wanted: float) -> str:
    return f"in {rate:.0%}, {'as wanted' if rate >= wanted else 'less than wanted'} ({wanted:.0%})"


def main() -> None:
    """Measure, print the table and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markets", type=int, default=40)
    parser.add_argument("--write", type=Path, nargs="?", const=PAGE, help="put the section into docs/results.md")
    given = parser.parse_args()
    with steps() as step:
        tallies = measure(given.markets, step)
    table = Table(box=SIMPLE, padding=0)
    for name in heading(tallies):
        table.add_column(name)
    for line in lines_of(tallies):
        table.add_row(*line)
    out.print(table)
    for sentence in verdicts(tallies):
        out.print(sentence)
    if given.write:
        write_section(given.write, section(tallies, given.markets))


if __name__ == "__main__":
    main()
