"""What is kept of a backtest's rows, so that two versions can be held against each other origin by origin."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from features.facts.clock import format_moment

if TYPE_CHECKING:
    from training.backtest.run import Backtest
    from training.material import Material

#: The file in a version's run.
FILE = "backtest_rows.json"
#: Of a backtest with more rows only the digests are kept.
MOST_ROWS = 200_000
#: Digits of scores and probabilities: what they round away is far below any interval.
_DIGITS = 7


def kept_rows(material: Material, backtest: Backtest, weight: np.ndarray) -> str:
    """Return the predicted rows as JSON: for each origin a digest of which they are, and what the model said.

    Leads and accounts are numbers that mean nothing outside this file. ``weight`` (m,) is what the rows count.
    """
    rows = material.rows.take(backtest.rows)
    arm = backtest.arms["model"]
    origins = []
    for fold in backtest.folds.folds:
        own = np.flatnonzero(backtest.fold_of == fold.number)
        found: dict[str, Any] = {
            "number": fold.number,
            "known_until": format_moment(fold.parts.test_from),
            "predicted_until": format_moment(fold.until),
            "rows": len(own),
            "digest": _digest(material, backtest.rows[own]),
        }
        if len(backtest.rows) <= MOST_ROWS:
            found |= {
                "label": rows.label[own].tolist(),
                "as_of": rows.as_of[own].tolist(),
                "lead": np.unique(rows.lead[own], return_inverse=True)[1].tolist(),
                "account": np.unique(rows.cluster[own], return_inverse=True)[1].tolist(),
                "weight": np.round(weight[own], _DIGITS).tolist(),
                "score": np.round(np.asarray(arm.score, np.float64)[own], _DIGITS).tolist(),
                "probability": np.round(np.asarray(arm.probability, np.float64)[own], _DIGITS).tolist(),
            }
        origins.append(found)
    return json.dumps({"version": 1, "origins": origins}, allow_nan=False)


def _digest(material: Material, numbers: np.ndarray) -> str:
    """Return what identifies rows: which lead, when, and what came of it; 16 hexadecimal digits."""
    rows = material.rows
    digest = hashlib.sha256("\n".join(map(str, material.history.lead_ids[rows.lead[numbers]])).encode())
    digest.update(np.ascontiguousarray(rows.as_of[numbers], np.int64).tobytes())
    digest.update(np.ascontiguousarray(rows.label[numbers], np.int8).tobytes())
    return digest.hexdigest()[:16]
