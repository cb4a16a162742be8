"""How the market's opportunities show in a CRM: leads converted with one, without one, or before one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.simulation.identifiers import salesforce_ids
from features.simulation.parameters import DAYS

if TYPE_CHECKING:
    from features.simulation.market import Market

_ATTACHED_LATER = 0.12
_WITHOUT = 0.09


@dataclass(frozen=True)
class Conversions:
    """Per lead: ``moment`` of conversion in market days (infinite: not converted), ``deal`` the position of the
    opportunity named on the lead, ``attached`` that of one its contact got later (-1 for none).

    ``owner`` is the account's position: accounts made by converting leads without one follow the market's own, and
    ``account_ids`` names them all. ``contact_ids`` has an id for every lead, used where it is converted.
    """

    moment: np.ndarray
    deal: np.ndarray
    attached: np.ndarray
    owner: np.ndarray
    account_ids: np.ndarray
    contact_ids: np.ndarray

    @property
    def converted(self) -> np.ndarray:
        """Whether each lead is converted."""
        return np.isfinite(self.moment)


def draw_conversions(market: Market) -> Conversions:
    """Draw how each opportunity came about in the CRM, and which leads were converted without one."""
    generator = np.random.default_rng([market.seed, 1])
    created, opportunity = market.people.created, market.opportunity
    deal = np.full(len(created), -1)
    deal[market.deals["lead"].to_numpy()] = np.arange(len(market.deals))
    later = (deal >= 0) & (generator.random(len(created)) < _ATTACHED_LATER)
    before = np.maximum(opportunity - generator.uniform(1.0, 25.0, len(created)), created)
    accepted_at = np.where(market.look["accepted"], market.look["at"], np.inf)
    idle = accepted_at + generator.exponential(15.0, len(created))
    alone = (deal < 0) & (generator.random(len(created)) < _WITHOUT) & (idle < DAYS)
    moment = np.where(later, before, np.where(alone, idle, opportunity))
    known = np.isfinite(moment)
    moment[known] = np.floor(moment[known] * 86_400_000) / 86_400_000
    owner = np.where(known, market.people.account, -1)
    new = np.flatnonzero(known & (market.people.account < 0))
    owner[new] = len(market.account_ids) + np.arange(len(new))
    return Conversions(
        moment=moment,
        deal=np.where(later, -1, deal),
        attached=np.where(later, deal, -1),
        owner=owner,
        account_ids=np.concatenate(
            [market.account_ids, salesforce_ids("account", len(new), len(market.account_ids))]
        ),
        contact_ids=salesforce_ids("contact", len(created)),
    )
