"""Evidence that a field was written because of the outcome, each piece with a weight and its numbers.

A field without history shows its value on the day of export. Nothing proves when it was written, so pieces of
evidence are weighed: a field is convicted at :data:`CONVICT`, and any evidence short of that makes a warning. A
piece weighs 3 only where no honest field can look so (the field is filled in for one outcome alone), 2 where an
honest one seldom does, and 1 where honest ones do at times. The wording of a name weighs 1 and never counts
towards the first :data:`BESIDE_NAME` that must come from the data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from features.audit.gate import find_gate
from features.audit.levels import ERRORS, FEWEST_LEADS, shift

if TYPE_CHECKING:
    from features.audit.reading import Field

#: Weight from which a field is convicted, and how much of it must come from the data.
CONVICT = 3
BESIDE_NAME = 2

#: Values that all but decide the outcome in both directions: the smaller of the two largest shifts in log-odds,
#: two standard errors taken off. 1.15 is odds threefold up and threefold down; 1.9 sevenfold; 3.2 25-fold.
#: Sources of leads and job titles reach one of the two ends, honest fields hardly ever both.
BOTH_WAYS = {1: 1.15, 2: 1.9, 3: 3.2}

#: And so strong a field ranks leads this well by itself, or the third step is not taken.
STRONG_AUC = 0.75

#: Log-odds ratio of being filled in, outcomes against the others: e times, twelve times, 33 times.
FILLED = {1: 1.0, 2: 2.5, 3: 3.5}

#: A few leads more or less are no matter, whatever their odds.
FILLED_APART = 0.05

#: "Filled in only for one outcome": this rate among the filled, this share of all such leads covered, and odds at
#: least fifteen times the usual ones.
ONLY_RATE, ONLY_COVERED, ONLY_SHIFT = 0.9, 0.15, 2.7

#: "One value, one outcome": a value (or all but the usual one of a number) whose rate is above this, its odds
#: surely fifteen times the usual ones, and that covers as much of the outcomes as above. Honest fields of the
#: public sets reach 0.93.
SURE_RATE = 0.97

#: "The outcome never comes": values with this share of the leads and so many outcomes expected have a fiftieth.
NEVER_SHARE, NEVER_EXPECTED, NEVER_RATE = 0.25, 30.0, 0.02

#: A number has a usual value where this share of the leads has it.
USUAL = 0.5

#: One field ranks leads this well within the same stretch of time: it all but says the outcome.
TELLS_ALL = 0.95

#: A field dwarfs the next one when its distance between the outcomes (d') is so many times as great.
DWARFS = 2.0

#: Filled for nearly all, then for nearly none, then for nearly all again: a process that ran now and then.
NEARLY_ALL, NEARLY_NONE = 0.8, 0.2

#: Newest leads filled this much less than those before them: the field is filled in with time.
NEWEST_LESS = 0.6

_NAMES = re.compile(
    r"(^|_)(last|latest|recent|status|stage|quality|score|index|rating|grade|profile|tags?|notable|outcome|result|"
    r"reason|disposition|qualified|verdict|closed?|won|lost|deal|opportunity|converted|conversion|duration)(_|$)"
)


#: What each piece of evidence is called where its numbers are shown.
CODES = {
    "both_ways": "values decide",
    "filled": "filled in",
    "one_value": "one value, one outcome",
    "older": "larger for older leads",
    "gate": "a mark to pass",
    "tells_all": "tells all",
    "switched": "filled now and then",
    "newest": "newest leads",
    "dwarfs": "dwarfs the others",
    "one_process": "one process",
    "overwritten": "overwritten",
    "reconciled": "total at export",
    "grows": "goes on growing",
    "later_dates": "later dates",
    "name": "name",
}


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence: its code, weight, what was seen in words, and the numbers behind it."""

    code: str
    weight: int
    sentence: str
    numbers: dict[str, float] = field(default_factory=dict)


def weight_of(pieces: list[Evidence]) -> int:
    """Weight of evidence: each code counts once, at its greatest; the name only beside the data."""
    best: dict[str, int] = {}
    for piece in pieces:
        best[piece.code] = max(best.get(piece.code, 0), piece.weight)
    name = best.pop("name", 0)
    data = sum(best.values())
    return data + name if data >= BESIDE_NAME else data


def own_evidence(found: Field) -> list[Evidence]:
    """Evidence in one field by itself."""
    filled, both = _filled(found), _both_ways(found)
    pieces = [
        both if both is not None and both.weight > 1 else _never(found) or both,
        filled,
        # Where only one outcome has it filled in, its values tell the same once more.
        _one_value(found) if filled is None or filled.weight < CONVICT else None,
        _gate(found),
        _tells_all(found),
        _switched(found),
        _newest(found),
    ]
    return [piece for piece in pieces if piece is not None]


def by_name(found: Field) -> list[Evidence]:
    """Weak evidence: words in the name that fields written later often have."""
    word = _NAMES.search(found.name)
    if word is None:
        return []
    return [
        Evidence(
            "name",
            1,
            f"its name has the word '{word[2]}' (this alone convicts nothing; without it this would be a warning)",
        )
    ]


def _both_ways(found: Field) -> Evidence | None:
    levels = found.levels.pooled()
    if levels.numeric:
        return None
    move, error = levels.shifts()
    # "Not filled in" may be one of the two ends.
    enough = levels.leads >= FEWEST_LEADS
    if not enough.any():
        return None
    up = np.where(enough, move - ERRORS * error, -np.inf)
    down = np.where(enough, -move - ERRORS * error, -np.inf)
    high, low = int(up.argmax()), int(down.argmax())
    least = float(min(up[high], down[low]))
    weight = max((step for step, bound in BOTH_WAYS.items() if least >= bound), default=0)
    auc = levels.auc() if weight else 0.5
    if weight == 3 and auc < STRONG_AUC:
        weight = 2
    if weight == 0:
        return None
    rate = levels.outcomes / np.maximum(levels.leads, 1)
    sentence = (
        f"its values all but decide the outcome both ways: of {int(levels.leads[high]):,} leads with "
        f"{_shown(levels.names[high])} {rate[high]:.1%} converted, of {int(levels.leads[low]):,} with "
        f"{_shown(levels.names[low])} {rate[low]:.1%}"
    )
    if weight == 1:
        sentence = sentence.replace("all but decide the outcome both ways", "tell much of the outcome both ways")
    numbers = {
        "highest rate": float(rate[high]),
        "leads at the highest": float(levels.leads[high]),
        "lowest rate": float(rate[low]),
        "leads at the lowest": float(levels.leads[low]),
        "smaller shift in log-odds": least,
        "AUC alone": auc,
    }
    return Evidence("both_ways", weight, sentence, numbers)


def _never(found: Field) -> Evidence | None:
    """Values for which the outcome never comes, where a good part of the leads has them.

    A queue whose leads change hands at conversion looks so, and so does a country where nobody sells: a warning.
    """
    levels = found.levels.pooled()
    if levels.numeric:
        return None
    few = levels.filled & (levels.leads >= FEWEST_LEADS) & (levels.outcomes <= NEVER_RATE * levels.expected)
    leads, outcomes, expected = (float(p[few].sum()) for p in (levels.leads, levels.outcomes, levels.expected))
    if leads < NEVER_SHARE * levels.leads.sum() or expected < NEVER_EXPECTED:
        return None
    sentence = (
        f"of {int(leads):,} leads with one of {int(few.sum())} of its values {int(outcomes)} converted, where "
        f"{expected:,.0f} would have: either nobody sells there, or the value changes when a lead converts"
    )
    return Evidence("both_ways", 2, sentence, {"leads": leads, "converted": outcomes, "expected": expected})


def _one_value(found: Field) -> Evidence | None:
    """Values that surely mean the outcome; of a number, all but its usual value (0 where nothing was written)."""
    levels = found.levels.pooled()
    part = levels.filled
    if levels.numeric:
        usual = int(np.where(part, levels.leads, 0).argmax())
        if levels.leads[usual] < USUAL * levels.leads.sum():
            return None
        part = part.copy()
        part[usual] = False
        groups = [part]
    else:
        groups = [np.arange(len(levels.names)) == i for i in np.flatnonzero(part)]
    chosen = np.zeros(len(levels.names), dtype=bool)
    for group in groups:
        n, k, expected = (np.array([p[group].sum()]) for p in (levels.leads, levels.outcomes, levels.expected))
        if n[0] < FEWEST_LEADS:
            continue
        move, error = shift(n, k, expected)
        if k[0] / n[0] >= SURE_RATE and move[0] - ERRORS * error[0] >= ONLY_SHIFT:
            chosen |= group
    n, k, total = levels.leads[chosen].sum(), levels.outcomes[chosen].sum(), levels.outcomes.sum()
    if k < max(FEWEST_LEADS, ONLY_COVERED * total):
        return None
    what = "a value other than its usual one" if levels.numeric else f"one of {int(chosen.sum())} of its values"
    sentence = (
        f"{k / n:.1%} of {int(n):,} leads with {what} converted, {k / total:.0%} of all that did: it was written "
        "because of the outcome"
    )
    return Evidence(
        "one_value", 3, sentence, {"leads": n, "of them converted": k, "share of all outcomes": k / total}
    )


def _shown(name: str | None) -> str:
    if name is None:
        return "nothing filled in"
    if name.endswith(" rare values"):
        return f"one of {name}"
    return f"“{name if len(name) <= 40 else name[:39] + '…'}”"


def _filled(found: Field) -> Evidence | None:
    levels = found.levels
    filled = levels.filled
    n, k, expected = (float(part[filled].sum()) for part in (levels.leads, levels.outcomes, levels.expected))
    total, outcomes = float(levels.leads.sum()), float(levels.outcomes.sum())
    others = total - outcomes
    if min(n, total - n) < FEWEST_LEADS or min(outcomes, others) < FEWEST_LEADS:
        return None
    only = _only_one_outcome(n, k, expected, outcomes, others)
    if only is not None:
        return only
    move, error = shift(
        np.array([n, total - n]), np.array([k, outcomes - k]), np.array([expected, outcomes - expected])
    )
    ratio = float(move[0] - move[1])
    sure = abs(ratio) - ERRORS * float(np.hypot(*error))
    weight = max((step for step, bound in FILLED.items() if sure >= bound), default=0)
    if weight == 0 or abs(k / outcomes - (n - k) / others) < FILLED_APART:
        return None
    shares = {
        "filled, converted": k / outcomes,
        "filled, not converted": (n - k) / others,
        "log odds ratio": ratio,
    }
    sentence = (
        f"it is filled in for {k / outcomes:.0%} of the leads that converted and for {(n - k) / others:.0%} of "
        "the others"
    )
    return Evidence("filled", weight, sentence, shares)


def _only_one_outcome(n: float, k: float, expected: float, outcomes: float, others: float) -> Evidence | None:
    move, error = shift(np.array([n]), np.array([k]), np.array([expected]))
    sure_up, sure_down = float((move - ERRORS * error)[0]), float((-move - ERRORS * error)[0])
    numbers = {"filled leads": n, "of them converted": k, "share of all outcomes": k / outcomes}
    if k / n >= ONLY_RATE and k / outcomes >= ONLY_COVERED and sure_up >= ONLY_SHIFT:
        sentence = (
            f"it is filled in for {int(n):,} leads and {k / n:.1%} of them converted, {k / outcomes:.0%} of "
            "all that "
            "did: it was filled in after the outcome"
        )
        return Evidence("filled", 3, sentence, numbers)
    covered = (n - k) / others
    if expected >= 20 and k <= expected / 20 and covered >= ONLY_COVERED and sure_down >= BOTH_WAYS[2]:
        sentence = (
            f"it is filled in for {int(n):,} leads and only {int(k)} of them converted, where {expected:.0f} "
            "would "
            "have: it was filled in where the outcome had failed to come"
        )
        return Evidence("filled", 3, sentence, numbers | {"share of all without outcome": covered})
    return None


def _gate(found: Field) -> Evidence | None:
    gate = find_gate(found.levels)
    if gate is None:
        return None
    end = "up to" if gate.low else "from"
    onward = "" if gate.low else " on"
    sentence = (
        f"of {gate.leads:,} leads {end} about {gate.limit:,.4g}{onward} {gate.outcomes} converted, where "
        f"{gate.average:,.0f} would have and any smooth response would give {gate.smooth:,.0f} or more: the "
        "outcome "
        "needs so much of it to happen, as with what goes on until the outcome"
    )
    numbers = {
        "leads at that end": float(gate.leads),
        "converted": float(gate.outcomes),
        "expected at the average rate": gate.average,
        "expected under the kindest smooth response": gate.smooth,
    }
    return Evidence("gate", 2, sentence, numbers)


def _tells_all(found: Field) -> Evidence | None:
    auc = found.levels.auc()
    auc = max(auc, 1 - auc)
    if auc < TELLS_ALL or found.levels.outcomes.sum() < FEWEST_LEADS:
        return None
    sentence = f"alone it ranks leads of the same time with an AUC of {auc:.3f}: it all but says the outcome"
    return Evidence("tells_all", 3, sentence, {"AUC alone": auc})


def _switched(found: Field) -> Evidence | None:
    """Filled for nearly all leads of one time, nearly none of the next, nearly all again."""
    fill = found.fill
    low = [i for i, share in enumerate(fill) if share <= NEARLY_NONE]
    if not low or len(fill) < 5:
        return None
    before = max(fill[: low[-1]], default=0.0)
    first = next((i for i, share in enumerate(fill) if share >= NEARLY_ALL), None)
    if first is None or before < NEARLY_ALL:
        return None
    gap = [i for i in low if i > first]
    again = max((fill[i] for i in range(gap[0], len(fill))), default=0.0) if gap else 0.0
    if again < NEARLY_ALL:
        return None
    sentence = (
        f"it is filled in for {max(fill):.0%} of the leads of some times, {min(fill):.0%} of those between and "
        f"{again:.0%} again later: a process that ran now and then wrote it, not the lead"
    )
    numbers = {"fullest stretch": max(fill), "emptiest stretch between": min(fill), "fullest stretch after": again}
    return Evidence("switched", 1, sentence, numbers)


def _newest(found: Field) -> Evidence | None:
    """The newest leads are filled much less than those just before: it is filled in with time."""
    fill = found.fill
    if len(fill) < 10:
        return None
    before = float(np.mean(fill[-6:-1]))
    spread = float(np.std(fill[:-1]))
    if before < 0.1 or fill[-1] > NEWEST_LESS * before or before - fill[-1] < 4 * spread:
        return None
    sentence = f"the newest leads have it in {fill[-1]:.0%} of cases, those just before them in {before:.0%}"
    return Evidence("newest", 1, sentence, {"newest": fill[-1], "before them": before})


def d_prime(auc: float) -> float:
    """Distance between the outcomes in standard deviations that gives this AUC."""
    return float(np.sqrt(2) * ndtri(np.clip(max(auc, 1 - auc), 0.5, 1 - 1e-6)))
