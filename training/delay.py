"""Learning from young rows too: a discrete-time hazard whose every stretch is learnt as soon as it is over.

A row whose horizon has not passed is not unknown altogether: a lead that has waited for 60 of 90 days without an
opportunity says what those 60 days say. The horizon is divided into stretches, and a row becomes one example for
each stretch that it reached without an opportunity and that was over at the cut: positive if the opportunity came
within. Which stretches are over depends on the row's ``as_of`` alone. An early opportunity brings no stretch
forward, or the youngest rows would be known for their positives first, and young leads would seem to convert.

One ``f(x)`` is learnt, on top of each stretch's own base hazard: the chance of an opportunity within the first k
stretches is ``1 - prod(1 - expit(base_j + f(x)))``, which rises with ``f`` for every k. So horizons cannot
contradict one another, and contributions to ``f`` explain them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from features.facts.clock import parse_moment
from training.lessons import Examples
from training.weights import training_weights

if TYPE_CHECKING:
    from training.material import Material
    from training.rows import Rows
    from training.spec import TrainingSpec

#: Stretches of the horizon, with about equally many opportunities each.
STRETCHES = 3
# Newton's steps for a base beside offsets; it doubles its digits with each.
_STEPS = 30


@dataclass(frozen=True)
class Expanded:
    """Rows by stretch, each (k,): ``row`` numbers the rows, ``stretch`` the stretches, ``label`` is 0 or 1."""

    row: np.ndarray
    stretch: np.ndarray
    label: np.ndarray


def find_edges(rows: Rows, mature: np.ndarray, horizon: int) -> np.ndarray:
    """Return the stretches' ends after ``as_of``, int64 (stretches,) microseconds, the last one the horizon.

    They part the delays of the opportunities among the ``mature`` rows, bool (n,), into equal numbers. Where many
    delays are the same there are fewer stretches.
    """
    positive = mature & (rows.label == 1)
    delay = rows.outcome[positive] - rows.as_of[positive]
    if len(delay) == 0:
        return np.array([horizon], np.int64)
    shares = np.arange(1, STRETCHES) / STRETCHES
    # A delay of exactly an edge is over with it.
    inner = np.unique(np.quantile(delay, shares, method="inverted_cdf").astype(np.int64) + 1)
    return np.append(inner[inner < horizon], np.int64(horizon))


def expand(rows: Rows, chosen: np.ndarray, edges: np.ndarray, known_until: int) -> Expanded:
    """Return the stretches of the ``chosen`` rows, bool (n,), that were over at ``known_until`` (microseconds)."""
    row = np.flatnonzero(chosen)
    as_of = rows.as_of[row][:, None]
    delay = np.where(rows.outcome[row] >= 0, rows.outcome[row] - rows.as_of[row], np.iinfo(np.int64).max)[:, None]
    starts = np.concatenate(([0], edges[:-1]))
    # Whether a stretch is over must not depend on the outcome.
    seen = (as_of + edges <= known_until) & (delay >= starts)
    which, stretch = np.nonzero(seen)
    return Expanded(row[which], stretch, (delay < edges)[which, stretch].astype(np.int8))


@dataclass(frozen=True)
class Hazard:
    """Base hazards of the stretches in log-odds, float64 (stretches,); ``edges`` are their ends, (stretches,)."""

    edges: np.ndarray
    base: np.ndarray

    def probability(self, score: np.ndarray) -> np.ndarray:
        """Return the chance of an opportunity within the horizon, float64 (n,).

        ``score`` (n,) is ``f(x)`` with offsets added.
        """
        hazard = expit(np.asarray(score, np.float64)[:, None] + self.base)
        return -np.expm1(np.log1p(-hazard) @ np.ones(len(self.base)))

    def log_odds(self, score: np.ndarray) -> np.ndarray:
        """Return the log-odds of an opportunity within the whole horizon, float64 (n,)."""
        return logit(np.clip(self.probability(score), 1e-15, 1 - 1e-15))


@dataclass(frozen=True)
class DelayLesson:
    """Examples of stretches that start from their base hazards."""

    learn: Examples
    stop: Examples | None
    hazard: Hazard

    def log_odds(self, score: np.ndarray) -> np.ndarray:
        """Return the log-odds of an opportunity within the horizon, float64 (n,)."""
        return self.hazard.log_odds(score)


@dataclass(frozen=True)
class DelayLessons:
    """Training rows, and young ones as far as they were decided at the cut. ``offset`` (n,) is of all rows."""

    material: Material
    spec: TrainingSpec
    offset: np.ndarray | None = None

    @cached_property
    def edges(self) -> np.ndarray:
        """The stretches' ends, int64 (stretches,) microseconds after ``as_of``."""
        return find_edges(self.material.rows, self.material.parts.train, self.spec.horizon_us)

    @cached_property
    def learnable(self) -> np.ndarray:
        """Training rows and young rows whose first stretch is over, bool (n,)."""
        rows, parts = self.material.rows, self.material.parts
        young = parts.young & (rows.as_of + self.edges[0] <= parts.test_from)
        if self.spec.split.train_until is not None:
            young &= rows.as_of <= parse_moment(self.spec.split.train_until)
        return parts.train | young

    def teach(self, learn: np.ndarray, held: np.ndarray | None = None) -> DelayLesson:
        """Return the rows' stretches; base hazards are those of the rows to learn from."""
        examples, stretch = self._examples(learn)
        base = self._base(examples, stretch)
        stop = None
        if held is not None:
            stop = _started(*self._examples(held), base)
        return DelayLesson(_started(examples, stretch, base), stop, Hazard(self.edges, base))

    def _examples(self, chosen: np.ndarray) -> tuple[Examples, np.ndarray]:
        """Return examples that start from the offset alone, and their stretches (k,)."""
        found = expand(self.material.rows, chosen, self.edges, self.material.parts.test_from)
        # A row's stretches together weigh what the row does: its likelihood is the product of theirs.
        weight = np.zeros(len(chosen))
        weight[chosen] = training_weights(self.material, self.spec, chosen)
        offset = None if self.offset is None else self.offset[found.row]
        return Examples(found.row, found.label, weight[found.row], offset), found.stretch

    def _base(self, examples: Examples, stretch: np.ndarray) -> np.ndarray:
        base = np.empty(len(self.edges))
        for number in range(len(base)):
            own = stretch == number
            offset = None if examples.offset is None else examples.offset[own]
            base[number] = base_log_odds(examples.label[own], examples.weight[own], offset)
        return base


def base_log_odds(label: np.ndarray, weight: np.ndarray, offset: np.ndarray | None) -> float:
    """Return what to add to offsets (k,) so that as many positives are expected as were seen, smoothed."""
    total = float(weight.sum())
    wanted = (float(weight @ label) + 0.5) / (total + 1.0)
    if offset is None or total == 0:
        return float(logit(wanted))
    base = float(logit(wanted) - np.average(offset, weights=weight))
    for _ in range(_STEPS):
        p = expit(base + offset)
        step = (wanted - np.average(p, weights=weight)) / max(np.average(p * (1 - p), weights=weight), 1e-12)
        base += float(np.clip(step, -2, 2))
        if abs(step) < 1e-10:
            break
    return base


def _started(examples: Examples, stretch: np.ndarray, base: np.ndarray) -> Examples:
    offset = base[stretch] if examples.offset is None else base[stretch] + examples.offset
    return Examples(examples.row, examples.label, examples.weight, offset)
