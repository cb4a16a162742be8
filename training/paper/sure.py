"""How sure the paper's figures are, and what they leave out, in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from features.facts.clock import DAY
from training.comparison import FEW_POSITIVES, Estimate
from training.duel.cost import times
from training.paper.answer import short_name
from training.paper.texts import amount, capital, counted, reach, tidy

if TYPE_CHECKING:
    from training.duel import Duel
    from training.rules.judge import RuleVerdicts


def how_done(duel: Duel) -> str:
    """Return how the duel was held, for the first page."""
    first, last = duel.counted[0].monday, duel.counted[-1].monday
    return (
        f"How it was done: every Monday from {first} to {last} each side put the open leads in order, with only "
        f"what was known that day, and the first {duel.capacity:,} were called. A call found an opportunity where "
        f"one came within {duel.arena.horizon / DAY:g} days after it; a call still earlier counts as not found."
    )


def how_to_read(duel: Duel) -> str:
    """Return what a range means, for the first page."""
    return (
        "How to read it: other companies, or another year, would have given other figures. In the table, “most "
        f"likely {reach(times(duel.cost.opportunities, -1), 0.1)}” is the range in which the true difference "
        "probably lies, the card’s figure less the other’s: of twenty such ranges about nineteen hold it. A range "
        "from below 0 to above 0 means: no clear difference."
    )


def how_sure(duel: Duel, verdicts: RuleVerdicts) -> tuple[str, ...]:
    """Return what the figures stand on, and what would make them surer."""
    whole = duel.whole
    said = [
        f"The duel stands on {counted(whole.opportunities, 'opportunity', 'opportunities')} of "
        f"{counted(whole.accounts, 'company', 'companies')} among {counted(whole.leads, 'lead')}. "
        f"{_more_data(duel)}",
        f"The worth of the rules stands on {counted(verdicts.n_leads, 'lead')}, {verdicts.n_opportunities:,} of "
        "them with an opportunity. All rules were weighed together: each gets what it says beyond the others.",
        "If the card decided who was really called in these weeks, and calls themselves bring opportunities, then "
        "the card looks better here than it is.",
    ]
    return tuple(said)


def left_out(duel: Duel, verdicts: RuleVerdicts) -> tuple[str, ...]:
    """Return what must be said beside the figures: weeks, leads, rules and amounts that are not in them."""
    # The first note gives base rates, which stand beside the answer already.
    notes = [*duel.notes[1:], *verdicts.notes]
    said = [_as_on_the_page(tidy(note, 400), duel) for note in dict.fromkeys(notes)]
    said = said or ["Nothing: every week, lead, rule and amount of the data is counted."]
    return (*said, _elsewhere(duel))


def _as_on_the_page(note: str, duel: Duel) -> str:
    """Call both sides in a note of the duel as the page does: the card, and the model."""
    other = short_name(duel)
    for label, name in ((duel.a.label, other), (duel.b.label, "the card")):
        note = re.sub(rf"(?<![\w@]){re.escape(label)}(?![\w@])", name, note, flags=re.IGNORECASE)
    return capital(note)


def _elsewhere(duel: Duel) -> str:
    alone = len(duel.only_a) + len(duel.only_b)
    return (
        "Not on this page: the same for each sort of lead, channel and campaign, and the "
        f"{counted(alone, 'lead')} that only one side found, with reasons for each. They come with: leadquality "
        "duel … --json FILE, with the same options as for this page."
    )


def _more_data(duel: Duel) -> str:
    if duel.whole.accounts < FEW_POSITIVES:
        return "That is too few to build on: the ranges are narrower than they should be."
    if duel.cost.verdict == "unclear":
        return (
            f"With four times as many the ranges would be half as wide; today they leave "
            f"{amount(_width(duel), 0.1)} opportunities a quarter open."
        )
    return "With four times as many the ranges would be half as wide."


def _width(duel: Duel) -> Estimate:
    found = duel.cost.opportunities
    return Estimate(found.high - found.low, found.low, found.high)
