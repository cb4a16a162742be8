"""The held-out period is looked at once for each specification; every further look has a reason, which is kept.

Looks are the finished runs in MLflow, so that whoever shares the tracking server shares the count.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from features.errors import ConfigError
from features.language import read_declaration
from models.card import read_card
from training.material import shipped
from training.spec import SHORTEST_REASON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from features.facts import Dataset
    from training.spec import TrainingSpec

#: Tags of a run: what was frozen, and why it was looked at again.
DIGEST_TAG, AGAIN_TAG = "frozen.digest", "frozen.again"


@dataclass(frozen=True)
class Look:
    """An earlier run that was scored on a held-out period: its id, digest, data, and when it began (ms)."""

    run_id: str
    digest: str
    dataset: str
    began: int

    @property
    def when(self) -> str:
        """The moment in words."""
        return datetime.fromtimestamp(self.began / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def frozen_digest(dataset: Dataset, spec: TrainingSpec) -> str:
    """Return what identifies a specification with its data: 16 hexadecimal digits.

    It covers the data, what the feature set and the card say under whatever name, and every parameter that changes
    a model. The capacity does not.
    """
    digest = hashlib.sha256(dataset.manifest.digest.encode())
    digest.update(spec.model_dump_json(exclude={"features", "card", "capacity"}).encode())
    digest.update(read_declaration(shipped("feature_sets", spec.features)).model_dump_json().encode())
    if spec.card is not None:
        digest.update(read_card(shipped("cards", spec.card)).to_json().encode())
    return digest.hexdigest()[:16]


def check_look(digest: str, dataset_digest: str, looks: Sequence[Look], again: str | None) -> str:
    """Return in a sentence how often the held-out period was looked at, or refuse a second look without a reason.

    Raises
    ------
    ConfigError
        This specification was scored before and ``again`` gives no reason, or one that says nothing.

    """
    if again is not None and len(again.strip()) < SHORTEST_REASON:
        message = f"--again {again!r}: say why in at least {SHORTEST_REASON} characters"
        raise ConfigError(message, hint='as in --again "the import was mended, the data are the same"')
    same = [look for look in looks if look.digest == digest]
    if same and again is None:
        latest = max(same, key=lambda look: look.began)
        message = (
            "this specification was scored on these held-out rows before: the same data, features and parameters, "
            f"run {latest.run_id} of {latest.when}"
        )
        raise ConfigError(message, hint='see leadquality runs; to look again all the same: --again "the reason"')
    others = len({look.digest for look in looks if look.dataset == dataset_digest} - {digest})
    if same:
        return f"The held-out rows are looked at for the {_ordinal(len(same) + 1)} time with this specification."
    if others:
        return (
            f"This is the {_ordinal(others + 1)} specification scored on data with these held-out rows: the more "
            "are tried, the more the best of them flatters itself. The backtest is for choosing."
        )
    return "The held-out rows have not been looked at before."


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number % 100 not in {11, 12, 13} else 0, "th")
    return f"{number}{ending}"
