"""Who stands in a Marketo database beside the market's leads, and must not be trained on.

A few leads were created twice and merged; until then some of what they did was recorded under the second id. A few
others were deleted, some of them after the lead files were written; and anonymous visitors have records too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from features.simulation.parameters import DAYS

if TYPE_CHECKING:
    from features.simulation.market import Market

_FIRST_ID = 1_000_000
_MERGED_SHARE, _DELETED_SHARE, _ANONYMOUS_SHARE = 0.01, 0.01, 0.05
_SECONDS = 86_400


@dataclass(frozen=True)
class Strangers:
    """Ids are Marketo's (integers), moments market days.

    ``lead_ids`` are those of the market's leads, by position. Twin i has id ``twin_ids[i]``, lives from
    ``twin_created`` and is merged into the lead at position ``survivor`` at ``merged``. Deleted and anonymous
    records have ids, creation and, where they are deleted, the moment of that.
    """

    lead_ids: np.ndarray
    twin_ids: np.ndarray
    survivor: np.ndarray
    twin_created: np.ndarray
    merged: np.ndarray
    deleted_ids: np.ndarray
    deleted_created: np.ndarray
    deleted: np.ndarray
    anonymous_ids: np.ndarray
    anonymous_created: np.ndarray

    def id_at(self, lead: np.ndarray, at: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """Ids under which events were recorded: the twin's while it lived, for the events ``chosen``."""
        twin = np.full(len(self.lead_ids), -1)
        twin[self.survivor] = np.arange(len(self.survivor))
        of = twin[lead]
        place = np.maximum(of, 0)
        if not len(self.twin_ids):
            return self.lead_ids[lead]
        lived = (of >= 0) & (at >= self.twin_created[place]) & (at < self.merged[place]) & chosen
        return np.where(lived, self.twin_ids[place], self.lead_ids[lead])


def marketo_lead_ids(market: Market) -> np.ndarray:
    """Marketo's id of each lead of the market, by position: integers in the order of creation."""
    ids = np.empty(len(market.lead_ids), dtype=np.int64)
    ids[np.argsort(market.people.created, kind="stable")] = _FIRST_ID + np.arange(len(ids))
    return ids


def draw_strangers(market: Market) -> Strangers:
    """Draw the twins, the deleted and the anonymous of a market."""
    generator = np.random.default_rng([market.seed, 21])
    created = market.people.created
    count = len(created)
    survivor = np.flatnonzero((generator.random(count) < _MERGED_SHARE) & (created < DAYS - 3))
    twin_created = whole_seconds(created[survivor] + 0.5)
    merged = whole_seconds(np.minimum(twin_created + generator.uniform(1.0, 60.0, len(survivor)), DAYS - 1.0))
    gone = whole_seconds(generator.uniform(0.0, DAYS - 2.0, max(1, round(count * _DELETED_SHARE))))
    deleted = whole_seconds(np.minimum(gone + generator.uniform(1.0, 200.0, len(gone)), DAYS - 1.0))
    visits = whole_seconds(np.sort(generator.uniform(0.0, DAYS - 1.0, max(1, round(count * _ANONYMOUS_SHARE)))))
    ids = _FIRST_ID + count + np.arange(len(survivor) + len(gone) + len(visits))
    twins, others, anonymous = np.split(ids, [len(survivor), len(survivor) + len(gone)])
    return Strangers(
        lead_ids=marketo_lead_ids(market),
        twin_ids=twins,
        survivor=survivor,
        twin_created=twin_created,
        merged=merged,
        deleted_ids=others,
        deleted_created=gone,
        deleted=deleted,
        anonymous_ids=anonymous,
        anonymous_created=visits,
    )


def whole_seconds(moment: np.ndarray) -> np.ndarray:
    """Moments in market days, rounded down to whole seconds as Marketo writes them."""
    # By way of whole milliseconds, which market moments are: a float may lie a hair below its second.
    return np.rint(moment * 1000 * _SECONDS) // 1000 / _SECONDS
