"""Rules that say again what another rule says of nearly the same leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

if TYPE_CHECKING:
    from training.rules.joint import JointFit
    from training.rules.rows import RuleRows

#: Of the leads that meet either of two rules, at least so many meet both.
OVERLAP = 0.8
#: Beside the other rule, at most so much is left of what the data know of a rule.
LEFT = 0.25
#: A rule that is worth something beside the other, by a two-sided test of this level, repeats nothing.
LEVEL = 0.05


@dataclass(frozen=True)
class Repeat:
    """Rule ``rule`` repeats rule ``of`` (numbers of rules).

    ``overlap`` is the share of leads that meet both among those that meet either, ``left`` the share of the
    information on the rule that is left beside the other, both within 0 and 1.
    """

    rule: int
    of: int
    overlap: float
    left: float


def find_repeats(rows: RuleRows, fit: JointFit) -> dict[int, Repeat]:
    """Return each repeating rule's number with what it repeats; no original repeats another rule itself.

    Both are met by nearly the same leads, beside the other the data hardly know the rule, and nothing then speaks
    for it. Of two such rules the one with more to say is the original, of equal ones the one that stands first.
    """
    said = np.abs(fit.beta) / np.sqrt(np.diag(fit.cov))
    silent = said < norm.isf(LEVEL / 2)
    found: dict[int, Repeat] = {}
    # From the one that says most: what is an original here is never taken for a repeat afterwards.
    order = sorted(range(len(fit.rules)), key=lambda i: (-round(float(said[i]), 3), i))
    overlaps = _overlaps(rows, fit.rules)
    for place, original in enumerate(order):
        if int(fit.rules[original]) in found:
            continue
        for other in order[place + 1 :]:
            number = int(fit.rules[other])
            if number in found or not silent[other] or overlaps[original, other] < OVERLAP:
                continue
            left = _left(fit.information, other, original)
            if left <= LEFT:
                overlap = float(overlaps[original, other])
                found[number] = Repeat(number, int(fit.rules[original]), overlap, left)
    return found


def _overlaps(rows: RuleRows, rules: np.ndarray) -> np.ndarray:
    """Return by weight the share of rows that meet both among those that meet either, (k, k)."""
    met = rows.met[:, rules].astype(np.float64)
    both = met.T @ (met * rows.weight[:, None])
    own = np.diag(both)
    return both / np.maximum(own[:, None] + own[None, :] - both, 1e-300)


def _left(information: np.ndarray, rule: int, beside: int) -> float:
    others = [i for i in range(len(information)) if i != beside]
    alone = np.linalg.inv(information[np.ix_(others, others)])[others.index(rule), others.index(rule)]
    return float(alone / np.linalg.inv(information)[rule, rule])
