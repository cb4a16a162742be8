"""What sales makes of leads: verdicts, deals with their amounts and ends, and business outside of leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.simulation.parameters import DAYS

if TYPE_CHECKING:
    from features.simulation.epochs import Epochs
    from features.simulation.parameters import Parameters
    from features.simulation.segments import Segments

REJECTED_FOR = ("no fit", "no answer", "bad contact data", "student or competitor", "no budget")
RECYCLED_FOR = ("no timing", "no budget this year", "went silent")
_REJECTED_SHARES = (0.34, 0.28, 0.16, 0.12, 0.10)


def first_look(
    generator: np.random.Generator, parameters: Parameters, created: np.ndarray, epochs: Epochs, tables: Segments
) -> pd.DataFrame:
    """Draw whether and when sales looks at each lead: ``at`` in market days (infinite: never) and ``accepted``.

    The look rests on the record at creation and on chance alone, never on what the buyer is about to do.
    """
    count = len(created)
    early, late = parameters.verdict_days
    at = created + early + (late - early) * generator.random(count)
    looks = generator.random(count) < parameters.looked_at
    at = np.where(looks & (at < DAYS), np.floor(at * 86_400_000) / 86_400_000, np.inf)
    accepted = generator.random(count) < tables.accepted[epochs.segment[epochs.starts[:-1]]]
    return pd.DataFrame({"at": at, "accepted": accepted})


def draw_verdicts(generator: np.random.Generator, look: pd.DataFrame, opportunity: np.ndarray) -> pd.DataFrame:
    """Return lead, at, verdict, reason: the first look, a late acceptance at the opportunity, and recycling."""
    lead = np.arange(len(look))
    accepted, at = look["accepted"].to_numpy(), look["at"].to_numpy()
    before = at < opportunity
    reasons = generator.choice(REJECTED_FOR, size=len(look), p=_REJECTED_SHARES).astype(object)
    reasons[accepted] = None
    looked = pd.DataFrame(
        {
            "lead": lead,
            "at": at,
            "verdict": np.where(accepted, "accepted", "rejected"),
            "reason": reasons,
        }
    )[before & np.isfinite(at)]
    taken = (opportunity < at) & np.isfinite(opportunity)
    late = pd.DataFrame({"lead": lead, "at": opportunity, "verdict": "accepted", "reason": None})[taken]
    silence = at + 45.0 + generator.exponential(40.0, len(look))
    again = accepted & before & (silence < np.minimum(opportunity, DAYS)) & (generator.random(len(look)) < 0.6)
    recycled = pd.DataFrame(
        {
            "lead": lead,
            "at": np.floor(np.where(again, silence, 0.0) * 86_400_000) / 86_400_000,
            "verdict": "recycled",
            "reason": generator.choice(RECYCLED_FOR, size=len(look)),
        }
    )[again]
    found = [looked, late, recycled]
    return pd.concat(found, ignore_index=True).sort_values(["lead", "at"], kind="stable", ignore_index=True)


def draw_deals(generator: np.random.Generator, opportunity: np.ndarray, employees: np.ndarray) -> pd.DataFrame:
    """Return lead, at, amount, closed, won for each opportunity; open ones have no ``closed`` and no ``won``.

    ``employees`` are those of the lead's company, 0 for none; larger companies make larger and slower deals.
    """
    lead = np.flatnonzero(np.isfinite(opportunity))
    lead = lead[np.argsort(opportunity[lead], kind="stable")]
    heads = np.maximum(employees[lead], 8.0)
    amount = np.rint(np.exp(generator.normal(np.log(2600.0) + 0.42 * np.log(heads), 0.7)) / 50.0) * 50.0
    length = np.exp(generator.normal(np.log(28.0) + 0.12 * np.log(heads), 0.6))
    closed = np.floor((opportunity[lead] + length) * 86_400_000) / 86_400_000
    won = generator.random(len(lead)) < 0.29
    ended = closed < DAYS
    return pd.DataFrame(
        {
            "lead": lead,
            "at": opportunity[lead],
            "amount": amount,
            "closed": np.where(ended, closed, np.nan),
            "won": pd.arrays.BooleanArray(won, ~ended),
        }
    )


def draw_other_business(
    generator: np.random.Generator, deals: pd.DataFrame, account: np.ndarray, accounts: int
) -> pd.DataFrame:
    """Return account, at, amount, closed, won of business that no lead led to: renewals and expansions.

    Renewals follow won deals after a year; expansions come to a few accounts at any time, also before their
    first lead. Neither is a label.
    """
    owner = account[deals["lead"].to_numpy()]
    renews = deals["won"].fillna(value=False).to_numpy(dtype=bool) & (owner >= 0)
    renewal = pd.DataFrame(
        {"account": owner, "at": deals["closed"] + 350.0, "amount": np.rint(deals["amount"] * 0.9)}
    )[renews]
    grows = np.flatnonzero(generator.random(accounts) < 0.07)
    expansion = pd.DataFrame(
        {
            "account": grows,
            "at": generator.random(len(grows)) * DAYS,
            "amount": np.rint(np.exp(generator.normal(9.3, 0.8, len(grows)))),
        }
    )
    other = pd.concat([renewal, expansion], ignore_index=True)
    other["at"] = np.floor(other["at"] * 86_400_000) / 86_400_000
    other = other[other["at"] < DAYS].sort_values(["at", "account"], kind="stable", ignore_index=True)
    closed = np.floor((other["at"] + generator.exponential(25.0, len(other))) * 86_400_000) / 86_400_000
    won = generator.random(len(other)) < 0.75
    ended = (closed < DAYS).to_numpy()
    return other.assign(closed=np.where(ended, closed, np.nan), won=pd.arrays.BooleanArray(won, ~ended))
