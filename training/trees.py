"""Grow the trees: for as many rounds as folds of accounts found best, several of them merged into one booster."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from lightgbm.basic import LightGBMError

from features.errors import ConfigError, did_you_mean
from models.boosted import BoostedTrees
from models.merge import merge_boosters
from training.cross_fit import THREADS, cross_fit
from training.delay import DelayLessons
from training.lessons import Lessons, MatureLessons

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import lightgbm as lgb

    from training.lessons import Lesson
    from training.material import Material
    from training.spec import TrainingSpec

    OnRound = Callable[[int, float | None], None]


@dataclass(frozen=True)
class Grown:
    """Trees grown on all training rows, and what models that did not see their accounts said of the late rows.

    ``late`` are raw log-odds, float64 (late rows,) in the order of ``np.flatnonzero(parts.late)``, without the
    offset. ``rounds`` is how many rounds a booster has, the median over those merged. ``fit_seconds`` is the wall
    time during which at least one LightGBM fit was running.
    """

    booster: lgb.Booster
    late: np.ndarray
    rounds: int
    fit_seconds: float


@dataclass(frozen=True)
class Bag:
    """Trees of several configurations that speak with one voice, the mean of theirs."""

    members: list[BoostedTrees]

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """Return raw log-odds, float64 (n,)."""
        return np.mean([trees.decision_function(X) for trees in self.members], axis=0)


def grow_trees(
    material: Material,
    spec: TrainingSpec,
    *,
    parameters: Sequence[Mapping[str, Any]] | None = None,
    offset: np.ndarray | None = None,
    on_round: OnRound | None = None,
) -> Grown:
    """Grow the trees of a specification on a material's training rows.

    Parameters
    ----------
    material, spec
        The rows, and how to weigh them, what to do with undecided ones and what to grow.
    parameters
        What each configuration of a bag changes of ``spec.model``, ``random_state`` included; without it one
        configuration is grown as specified. The booster's raw score is the mean of theirs.
    offset
        Log-odds that each row starts from, float64 (all rows,): the trees add to it, the booster is without it.
    on_round
        Called after each round of the folds' trees with its number and log loss, from several threads.

    Raises
    ------
    ConfigError
        A parameter is none of the trees', or a fold has no late opportunity.

    """
    configurations = [dict(more) for more in (parameters or [{}])]
    for more in configurations:
        make_trees(spec, **more)
    grower = Grower(material, spec, lessons_of(material, spec, offset))

    def fit(learn: np.ndarray, held: np.ndarray) -> Bag:
        lesson = grower.lessons.teach(learn, held)
        return Bag([grower.grow(lesson, on_round, n_jobs=1, **more) for more in configurations])

    bags, late = cross_fit(material, spec.folds, fit, grower.lessons.learnable)
    found = [int(np.median([bag.members[i].best_iteration_ for bag in bags])) for i in range(len(configurations))]
    whole = grower.lessons.teach(grower.lessons.learnable)
    jobs: dict[str, int] = {} if len(configurations) == 1 else {"n_jobs": 1}

    def refit(number: int) -> lgb.Booster:
        more = {**configurations[number], "n_estimators": found[number], **jobs}
        return grower.grow(whole, **more).booster_

    with ThreadPoolExecutor(THREADS) as pool:
        boosters = list(pool.map(refit, range(len(configurations))))
    return Grown(merge_boosters(boosters), late, int(np.median(found)), grower.watch.seconds)


def lessons_of(material: Material, spec: TrainingSpec, offset: np.ndarray | None = None) -> Lessons:
    """Return what trees are shown under a specification; ``offset`` (all rows,) is what rows start from."""
    kind = DelayLessons if spec.labels == "delay_aware" else MatureLessons
    return kind(material, spec, offset)


def make_trees(spec: TrainingSpec, **more: Any) -> BoostedTrees:  # noqa: ANN401 - the estimator's parameters
    """Return trees with the specification's parameters, those of ``more`` before them.

    Raises
    ------
    ConfigError
        A parameter is none of the trees'.

    """
    known = BoostedTrees().get_params()
    for name in sorted({*spec.model, *more} - set(known)):
        message = f"training specification: model.{name} is no parameter of the trees; {did_you_mean(name, known)}"
        raise ConfigError(message, hint=f"known are: {', '.join(sorted(known))}")
    return BoostedTrees(**{"random_state": spec.seed, **spec.model, **more})


@dataclass
class Watch:
    """Wall time during which at least one of several overlapping pieces of work was going on."""

    _spans: list[tuple[float, float]] = field(default_factory=list)

    def add(self, began: float, ended: float) -> None:
        """Count the time between two moments of ``time.monotonic``; threads may call this at once."""
        self._spans.append((began, ended))

    @property
    def seconds(self) -> float:
        """Length of the union of all spans."""
        total, reached = 0.0, -np.inf
        for began, ended in sorted(self._spans):
            total += max(0.0, ended - max(began, reached))
            reached = max(reached, ended)
        return total


@dataclass(frozen=True)
class Grower:
    """Grows single boosters on lessons of one material, and watches the time that it takes."""

    material: Material
    spec: TrainingSpec
    lessons: Lessons
    watch: Watch = field(default_factory=Watch)

    def grow(self, lesson: Lesson, on_round: OnRound | None = None, **more: Any) -> BoostedTrees:  # noqa: ANN401
        """Grow trees with the specification's parameters and ``more``, stopped on the lesson's rows for that.

        Raises
        ------
        ConfigError
            LightGBM refuses a parameter's value.

        """
        inputs = self.material.matrix[:, : self.material.width]
        learn, stop = lesson.learn, lesson.stop
        matrix = inputs[learn.row]
        held = None if stop is None else (inputs[stop.row], stop.label)
        began = time.monotonic()
        try:
            trees = make_trees(self.spec, **more).fit(
                matrix,
                learn.label,
                eval_set=held,
                feature_names=self.material.feature_set.names[: self.material.width],
                categories=self.material.categories,
                directions=self.material.directions,
                weight=learn.weight,
                offset=learn.offset,
                eval_weight=None if stop is None else stop.weight,
                eval_offset=None if stop is None else stop.offset,
                on_round=on_round,
            )
        except LightGBMError as error:
            message = f"training specification: model: LightGBM refuses a value: {error}"
            raise ConfigError(message, hint="models/boosted.py says what each parameter is") from error
        self.watch.add(began, time.monotonic())
        return trees
