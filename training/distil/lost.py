"""What is lost against the model, on the held-out rows, with intervals from the same resamples."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import rankdata

from models.scorer import GRADES
from training.bootstrap import account_codes, percentile_interval, resample
from training.comparison import Comparison, Estimate
from training.split import cluster_names
from training.weights import training_weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.distil.against import Rival
    from training.material import Material
    from training.spec import TrainingSpec

#: Score values are shown together until so many leads stand behind a line.
FEWEST_LEADS = 50
REPLICATES = 500


@dataclass(frozen=True)
class ValueLine:
    """The held-out rows with so many points: what the card promises, and what came, with its 95 % interval."""

    lowest: int
    highest: int
    rows: int
    leads: int
    promised: float
    seen: Estimate


@dataclass(frozen=True)
class Lost:
    """The distilled card beside the model.

    ``comparison`` has all arms with differences to the model. ``rank_correlation`` is Spearman's between points
    and the model's score; ``moved`` the share of leads in another band, at their last held-out row, which
    ``bands`` (4, 4) counts by the model's grade (rows) and the card's (columns).
    ``lines`` are the calibration.
    """

    model: str
    comparison: Comparison
    rank_correlation: Estimate
    moved: Estimate
    bands: tuple[tuple[int, ...], ...]
    lines: tuple[ValueLine, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; what does not exist is None."""
        return {
            "model": self.model,
            "comparison": self.comparison.to_dict(),
            "rank_correlation": _plain(self.rank_correlation),
            "moved": _plain(self.moved),
            "grades": list(GRADES),
            "bands": [list(row) for row in self.bands],
            "values": [asdict(line) | {"seen": _plain(line.seen)} for line in self.lines],
        }


def measure_lost(
    material: Material,
    spec: TrainingSpec,
    comparison: Comparison,
    rival: Rival,
    total: np.ndarray,
    probability: np.ndarray,
    grades: np.ndarray,
) -> Lost:
    """Hold a card's ``total``, ``probability`` and ``grades`` of the held-out rows (n,) against the model."""
    test = material.parts.test
    rows = material.rows.take(test)
    lead_ids = material.history.lead_ids[rows.lead]
    codes = account_codes(cluster_names(rows.cluster, material.history), lead_ids)
    weight = training_weights(material, spec, test)
    ranks, others = (rankdata(np.asarray(score)) / len(total) - 0.5 for score in (total, rival.arm.score))
    correlation = _bootstrap(_correlation(ranks, others, weight, codes), codes, spec.seed)[0]
    last = _last_rows(rows.lead, rows.as_of)
    place = {grade: number for number, grade in enumerate(GRADES)}
    own, theirs = (np.array([place[g] for g in letters[last]]) for letters in (grades, rival.grades))
    bands = np.zeros((len(GRADES), len(GRADES)), np.int64)
    np.add.at(bands, (theirs, own), 1)
    moved = _bootstrap(
        _means(own != theirs, np.ones(len(last)), codes[last], int(codes.max()) + 1), codes, spec.seed
    )
    return Lost(
        rival.name,
        comparison,
        correlation,
        moved[0],
        tuple(tuple(int(n) for n in row) for row in bands),
        _values(total, probability, rows.label == 1, rows.lead, weight, codes, spec.seed),
    )


def _last_rows(lead: np.ndarray, as_of: np.ndarray) -> np.ndarray:
    """Return the number of each lead's last row."""
    order = np.lexsort((as_of, lead))
    ends = np.append(lead[order][1:] != lead[order][:-1], True)
    return order[ends]


def _bootstrap(statistic: Callable[[np.ndarray], np.ndarray], codes: np.ndarray, seed: int) -> list[Estimate]:
    accounts = int(codes.max()) + 1
    value = statistic(np.ones(accounts))
    low, high = percentile_interval(resample(statistic, accounts, REPLICATES, seed))
    return [Estimate(float(v), float(a), float(b)) for v, a, b in zip(value, low, high, strict=True)]


def _correlation(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray, codes: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Return the correlation of ranks as a function of account counts; the ranks themselves stay."""
    columns = (np.ones(len(x)), x, y, x * x, y * y, x * y)
    sums = np.column_stack([np.bincount(codes, weight * column) for column in columns])

    def statistic(counts: np.ndarray) -> np.ndarray:
        mass, a, b, aa, bb, ab = counts @ sums
        a, b = a / mass, b / mass
        spread = (aa / mass - a * a) * (bb / mass - b * b)
        return np.array([(ab / mass - a * b) / spread**0.5 if spread > 0 else np.nan])

    return statistic


def _means(
    values: np.ndarray, weight: np.ndarray, codes: np.ndarray, accounts: int
) -> Callable[[np.ndarray], np.ndarray]:
    found, mass = (np.bincount(codes, w, accounts) for w in (weight * values, weight))

    def statistic(counts: np.ndarray) -> np.ndarray:
        there = counts @ mass
        return np.array([counts @ found / there if there > 0 else np.nan])

    return statistic


def _values(
    total: np.ndarray,
    probability: np.ndarray,
    positive: np.ndarray,
    lead: np.ndarray,
    weight: np.ndarray,
    codes: np.ndarray,
    seed: int,
) -> tuple[ValueLine, ...]:
    """Return a line for each score value, highest first; neighbours are taken together until leads are enough."""
    lines = []
    waiting: list[float] = []
    values = np.unique(total)[::-1]
    accounts = int(codes.max()) + 1
    for number, value in enumerate(values):
        waiting.append(value)
        own = (total <= waiting[0]) & (total >= value)
        leads = len(np.unique(lead[own]))
        rest = len(np.unique(lead[total < value]))
        if (leads < FEWEST_LEADS or rest < FEWEST_LEADS) and number < len(values) - 1:
            continue
        seen = _bootstrap(_means(positive[own], weight[own], codes[own], accounts), codes, seed)[0]
        if seen.value == 0:
            # No resample of nothing has an opportunity; of n accounts without one, the rate is below 3 / n.
            seen = Estimate(0.0, 0.0, min(1.0, 3.0 / len(np.unique(codes[own]))))
        promised = float(np.average(probability[own], weights=weight[own]))
        lines.append(ValueLine(int(value), int(waiting[0]), int(own.sum()), leads, promised, seen))
        waiting = []
    return tuple(lines)


def _plain(estimate: Estimate) -> dict[str, float | None]:
    return {key: value if np.isfinite(value) else None for key, value in asdict(estimate).items()}
