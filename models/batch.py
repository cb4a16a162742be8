"""Score every lead of a dataset that is open at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.errors import ConfigError
from features.facts.clock import DAY, format_moment, parse_moment
from features.facts.publish import silent
from features.history import History
from features.open_leads import open_leads
from features.plan import compile_plan
from models.answer import Batch, score_matrix
from models.reasons import MOST_REASONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.facts import Dataset
    from models.lead_model import LeadModel

#: Rows explained at a time: bounds the memory that contributions take.
_CHUNK = 20_000


def score_open_leads(
    model: LeadModel, dataset: Dataset, as_of: str, step: Callable[[str], None] = silent
) -> pd.DataFrame:
    """Return one row a lead open at ``as_of``, best first, with the keys of a single answer.

    ``as_of`` is an ISO 8601 moment, or ``now`` for the end of the observed period.

    Raises
    ------
    ConfigError
        ``as_of`` is no moment, or lies after what the dataset observed.

    """
    moment = read_moment(as_of, dataset)
    step("reading the history")
    history = History.from_dataset(dataset, model.feature_set)
    leads = some_open_leads(dataset, history, moment)
    plan = compile_plan(model.feature_set, history.kinds, history.observed_from)
    step(f"scoring {len(leads):,} open leads as of {format_moment(moment)}")
    parts = [
        _score_part(model, plan.run(history, part, np.full(len(part), moment, np.int64)))
        for part in np.array_split(leads, max(1, -(-len(leads) // _CHUNK)))
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(0, "lead_id", history.lead_ids[leads])
    frame["model_version"] = model.version
    frame["card_version"] = None if model.card is None else model.card.name
    frame["as_of"] = format_moment(moment)
    frame["horizon_days"] = model.horizon / DAY
    return frame.sort_values(["probability", "lead_id"], ascending=[False, True], ignore_index=True)


def some_open_leads(dataset: Dataset, history: History, moment: int) -> np.ndarray:
    """Return the numbers of the leads open at a moment; that there are none is an error, not an empty file."""
    leads = open_leads(dataset, history, moment)
    if len(leads) == 0:
        first = format_moment(int(history.arrays.created_at.min()))
        message = f"--as-of: no lead was open at {format_moment(moment)}; the first was created {first}"
        raise ConfigError(message, hint="a lead is open from its creation until its first opportunity")
    return leads


def read_moment(as_of: str, dataset: Dataset) -> int:
    """Return ``as_of`` in microseconds, checked against the dataset's observed period."""
    if as_of == "now":
        return dataset.observed_until
    try:
        moment = parse_moment(as_of)
    except ValueError:
        raise ConfigError(f"--as-of {as_of!r}: not an ISO 8601 moment", hint="as in 2026-03-01, or now") from None
    if moment < 0:
        raise ConfigError(f"--as-of {as_of}: lies before 1970")
    if moment > dataset.observed_until:
        raise ConfigError(
            f"--as-of {as_of}: lies after the observed period, which ends {dataset.manifest.observed_until}",
            hint="import a later export, or ask for an earlier moment",
        )
    return moment


def _score_part(model: LeadModel, matrix: np.ndarray) -> pd.DataFrame:
    batch = score_matrix(model, matrix)
    columns: dict[str, object] = {
        "status": np.where(batch.exact, "scored", "degraded"),
        "probability": batch.probability,
        "probability_low": np.full(len(matrix), np.nan) if batch.low is None else batch.low,
        "probability_high": np.full(len(matrix), np.nan) if batch.high is None else batch.high,
        "score": batch.score,
        "grade": batch.grade,
    }
    columns |= _card_columns(batch)
    columns["similar"] = _similar(model, matrix, batch)
    for number in range(MOST_REASONS):
        columns[f"reason_{number + 1}"] = [r[number] if len(r) > number else "" for r in batch.reasons]
    return pd.DataFrame(columns)


def _similar(model: LeadModel, matrix: np.ndarray, batch: Batch) -> list[str]:
    """Return what became of past leads like each, empty where the model counted none."""
    found = (model.similar_to(row, str(grade)) for row, grade in zip(matrix, batch.grade, strict=True))
    return ["" if similar is None else similar.said for similar in found]


def _card_columns(batch: Batch) -> dict[str, object]:
    """Return the card's part, there and of the same type with and without a card."""
    rows = len(batch.probability)
    if batch.points is None or batch.points_grade is None:
        nothing = pd.Series([None] * rows, dtype="object")
        return {"points": nothing.astype("Int64"), "points_grade": nothing, "agree": nothing.astype("boolean")}
    return {
        "points": pd.Series(batch.points).astype("Int64"),
        "points_grade": batch.points_grade,
        "agree": pd.Series(batch.grade == batch.points_grade).astype("boolean"),
    }
