"""Segments: what is on record about a lead at a moment, as one code, and what the truth says of each code.

The market acts on what is on record: a missing title is a class of its own, with its own behaviour. So
the truth never has to guess at a hidden value, and stays exact when an attribute is filled in later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from features.simulation.parameters import BUYER_KINDS, FAMILIES, SALES_KINDS

if TYPE_CHECKING:
    from features.simulation.parameters import Parameters

SENIORITY = ("unknown", "student", "specialist", "manager", "director", "executive")
FUNCTION = ("other", "adjacent", "core")
SIZE = ("unknown", "small", "middle", "large", "giant")
#: Fewest employees of each known size.
SIZE_FROM = (1, 50, 250, 2000)
INDUSTRY = (
    "",
    "Software",
    "Manufacturing",
    "Financial Services",
    "Logistics",
    "Healthcare",
    "Retail",
    "Energy",
    "Education",
    "Public Sector",
    "Hospitality",
)
SOURCE = (
    "",
    "Website",
    "Paid Search",
    "Content Syndication",
    "Webinar",
    "Trade Show",
    "Referral",
    "Partner",
    "Purchased List",
)
COUNTRY = ("", "DE", "US", "GB", "FR", "NL", "IN", "BR")
SHAPE = (len(SENIORITY), len(FUNCTION), len(SIZE), len(INDUSTRY), len(SOURCE), len(COUNTRY))

# Effects on the logarithm of fit, in the order of the names above. Few and far apart: a market's truth has to
# be learnable from the one or two thousand opportunities that a company of this size has seen.
_FIT = (
    (0.25, -2.4, -0.70, 0.20, 0.75, 0.75),
    (-1.00, 0.0, 0.65),
    (-0.50, -0.75, 0.45, 0.55, 0.30),
    (-0.15, 0.65, 0.70, 0.10, 0.65, -0.10, -0.75, 0.10, -1.00, -0.95, -0.95),
    (-0.20, 0.30, 0.10, -0.80, 0.10, 0.10, 0.85, 0.80, -1.10),
    (-0.10, 0.15, 0.15, 0.15, 0.15, 0.15, -0.75, -0.70),
)
# Effects on the logarithm of activity; students read a lot and never buy.
_ACTIVITY = (
    (-0.15, 0.55, 0.10, 0.10, -0.10, -0.35),
    (-0.10, 0.0, 0.10),
    (-0.10, 0.05, 0.05, 0.0, -0.10),
    (0.0,) * len(INDUSTRY),
    (-0.05, 0.20, 0.10, -0.25, 0.15, -0.05, 0.15, 0.05, -0.60),
    (0.0, 0.0, 0.05, 0.0, -0.05, 0.0, 0.20, 0.05),
)
# Log-odds of a dead buying group, from what its first lead shows on its first day.
_DEAD = (
    (0.10, 0.50, 0.10, 0.0, -0.10, -0.10),
    (0.20, 0.0, -0.20),
    (0.20, 0.20, -0.20, -0.20, 0.0),
    (0.10, -0.20, -0.20, 0.0, -0.20, 0.0, 0.30, 0.0, 0.40, 0.40, 0.40),
    (0.10, -0.20, -0.10, 0.40, -0.10, 0.0, -0.60, -0.60, 0.80),
    (0.10, 0.0, 0.0, 0.0, 0.0, 0.0, 0.30, 0.30),
)
_DEAD_INTERCEPT = -2.9
_FITTING_INDUSTRIES = (1, 2, 4)


class Segments(NamedTuple):
    """The truth per segment code, float64.

    ``rate[segment, kind, state]`` buyer events a day at activity and pace 1; ``own[segment, kind]`` probability
    that an event ripens into the lead's opportunity; ``give[segment, kind]`` the doer's part of what it is worth
    to a colleague and ``take[segment]`` the colleague's part; ``base[segment]`` opportunities a day unprompted;
    ``dead[segment]`` and ``accepted[segment]`` probabilities; ``family[kind]`` the kind's calendar;
    ``sales_rate``, ``deal_rate`` per sales kind.
    """

    rate: np.ndarray
    own: np.ndarray
    give: np.ndarray
    take: np.ndarray
    base: np.ndarray
    dead: np.ndarray
    accepted: np.ndarray
    family: np.ndarray
    sales_rate: np.ndarray
    deal_rate: np.ndarray


def segment_tables(parameters: Parameters) -> Segments:
    """Build the tables, one row per segment code (the row-major index into :data:`SHAPE`)."""
    seniority, function, size, industry, source, _ = (axis.ravel() for axis in np.indices(SHAPE))
    fit = np.exp(
        _additive(_FIT) + 0.45 * ((seniority == 5) & (size == 1)) - 0.4 * ((seniority == 3) & (size == 4))
    )
    fit *= np.where((source == 8) & (seniority == 0), 0.4, 1.0)
    kinds = [parameters.kinds[kind] for kind in BUYER_KINDS]
    activity = np.exp(_additive(_ACTIVITY))
    states = np.array([[kind.rate * kind.dead, kind.rate, kind.rate * kind.hot] for kind in kinds])
    rate = activity[:, None, None] * states[None, :, :]
    taste = _taste(seniority, function, size, industry)
    worth = np.array([kind.worth for kind in kinds] + [parameters.sales_worth[kind] for kind in SALES_KINDS])
    authority = np.array([0.6, 0.1, 0.7, 1.0, 1.8, 1.6])[seniority]
    give = authority[:, None] * worth[None, :] * parameters.colleague_share
    # Sales works a lead, not its colleagues.
    give[:, len(BUYER_KINDS) :] = 0.0
    return Segments(
        rate=rate,
        own=np.minimum(fit[:, None] * taste * worth[None, :], 0.9),
        give=give,
        take=np.minimum(fit, 2.5),
        base=parameters.base_rate * fit,
        dead=_logistic(_DEAD_INTERCEPT + _additive(_DEAD)),
        accepted=np.clip(0.38 * fit**0.6, 0.05, 0.95),
        family=np.array(FAMILIES, dtype=np.int64),
        sales_rate=np.array([parameters.sales_rate[kind] for kind in SALES_KINDS]),
        deal_rate=np.array([parameters.deal_rate[kind] for kind in SALES_KINDS]),
    )


def _taste(seniority: np.ndarray, function: np.ndarray, size: np.ndarray, industry: np.ndarray) -> np.ndarray:
    """Interactions: who means what by which event, one column per kind."""
    taste = np.ones((len(seniority), len(BUYER_KINDS) + len(SALES_KINDS)))
    taste[:, BUYER_KINDS.index("pricing_page_visit")] = np.where(seniority >= 4, 2.0, 0.8)
    taste[:, BUYER_KINDS.index("webinar")] = np.select([np.isin(size, (2, 3)), size == 0], [1.9, 0.8], 0.25)
    taste[:, BUYER_KINDS.index("demo_request")] = np.where(np.isin(industry, _FITTING_INDUSTRIES), 1.3, 0.55)
    taste[:, BUYER_KINDS.index("content_download")] = np.where(function == 2, 1.5, 0.6)
    taste[:, BUYER_KINDS.index("trade_show")] = np.where(size == 4, 2.0, 0.8)
    return taste


def _additive(effects: tuple[tuple[float, ...], ...]) -> np.ndarray:
    total = np.zeros(SHAPE)
    for axis, values in enumerate(effects):
        shape = [1] * len(SHAPE)
        shape[axis] = SHAPE[axis]
        total = total + np.asarray(values).reshape(shape)
    return total.ravel()


def _logistic(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))
