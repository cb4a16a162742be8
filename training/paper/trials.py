"""Other cards sent through the same duel: what each would find more than the present card, a quarter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.card import bind_card
from training.duel.calls import NEVER_AGAIN, call_order, make_calls
from training.duel.cost import QUARTER, times
from training.duel.measures import measure_part
from training.duel.side import score_rows
from training.duel.tally import Tally, lead_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.card import PointCard
    from training.comparison import Estimate
    from training.duel import Duel


@dataclass(frozen=True)
class Trial:
    """What a card finds more than the present one a quarter, at the duel's capacity, on the duel's leads."""

    card: PointCard
    found: Estimate


def try_cards(duel: Duel, cards: Sequence[PointCard]) -> tuple[Trial, ...]:
    """Let each card make the duel's calls against the present card (``duel.b``), on the same draws of accounts."""
    if not cards:
        return ()
    arena, tally, places = duel.arena, Tally.of(duel.arena), []
    wait = NEVER_AGAIN if duel.again_after is None else duel.again_after
    owners = [(known.entity, known.name) for known in duel.ground.profile.attributes]
    for card in cards:
        scorer = bind_card(card, owners, list(duel.ground.profile.kinds))
        calls = make_calls(arena, call_order(arena, score_rows(scorer, arena)), duel.capacity, wait)
        leads, values = lead_values(arena, calls, duel.b.calls)
        places.append(tally.add(leads, values, np.zeros(len(leads), np.int64), 1).start)
    sums = tally.resampled(duel.replicates, duel.seed)
    share = QUARTER / len(duel.counted)
    trials = []
    for card, place in zip(cards, places, strict=True):
        part = measure_part(
            sums.value[place],
            sums.draws[:, place],
            leads=duel.whole.leads,
            accounts=duel.whole.accounts,
            money=(),
        )
        trials.append(Trial(card, times(part.measures["found"].difference, share)))
    return tuple(trials)
