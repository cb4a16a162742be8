"""The ground for a card that is judged, refitted or sent into a duel, and what to do where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import ConfigError
from features.facts.publish import silent
from training.compare.ground import find_ground
from training.split import FEWEST_POSITIVES

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.facts import Dataset
    from models.lead_model import LeadModel
    from training.compare.ground import Ground


def stand_on(dataset: Dataset, trained: list[LeadModel], step: Callable[[str], None] = silent) -> Ground:
    """Return :func:`training.compare.ground.find_ground`'s ground.

    Its errors speak of a training, whose horizon and split may be chosen; a card has neither option, so that only
    other data help.

    Raises
    ------
    ConfigError
        The models' horizons differ, or no rows with both outcomes are left.

    """
    try:
        return find_ground(dataset, trained, step)
    except ConfigError as error:
        if error.hint is None or "--horizon" not in error.hint:
            raise
        [(leads, won)] = dataset.rows(
            "SELECT (SELECT count(*) FROM leads), (SELECT count(DISTINCT lead_id) FROM opportunities)"
        )
        raise ConfigError(
            f"{dataset.path}: {won:,} of {leads:,} leads have an opportunity; {error.message}",
            hint=f"data that reach further: at least {FEWEST_POSITIVES} opportunities before the test period and "
            "in it; leadquality audit tells what a dataset holds",
        ) from None
