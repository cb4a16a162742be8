"""Search better parameters of the trees over the backtest's folds; the held-out period is never looked at.

Optuna's TPE (Bergstra et al. 2011) looks in a small fixed space around the careful defaults, which come first. A
trial is one fit for each fold, stopped on late rows of accounts that it did not see, and is given up once its
running loss is above the median of the earlier ones at that fold. Every trial draws from a seed of its own, so a
search that was interrupted goes on as if it had not been.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState

from features.errors import ConfigError
from features.facts.clock import parse_duration
from features.facts.publish import silent
from models.boosted import BoostedTrees
from training.cross_fit import THREADS
from training.split import account_folds
from training.trees import Grower, lessons_of
from training.trials import Tuned, finished, trials_of, tuned_of
from training.weights import training_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from training.backtest.folds import Fold
    from training.lessons import Lesson
    from training.material import Material
    from training.spec import TrainingSpec
    from training.trials import Trial

#: Least, most, and whether equal ratios are alike, by parameter of the trees; whole numbers where both ends are.
SPACE: dict[str, tuple[float, float, bool]] = {
    "learning_rate": (0.01, 0.15, True),
    "num_leaves": (3, 31, True),
    "min_child_samples": (10, 400, True),
    "reg_lambda": (0.1, 100.0, True),
    "colsample_bytree": (0.2, 1.0, False),
    "subsample": (0.5, 1.0, False),
    "cat_smooth": (5.0, 200.0, True),
}
_STARTUP = 8
_LEAST = 1e-8
_SEARCHED = "searched"


def tune(
    material: Material,
    spec: TrainingSpec,
    folds: Sequence[Fold],
    *,
    storage: str | None = None,
    study_name: str = "tuning",
    step: Callable[[str], None] = silent,
    on_trial: Callable[[Trial], None] | None = None,
    offset: np.ndarray | None = None,
) -> Tuned:
    """Search until ``spec.tuning.trials`` trials are finished or ``spec.tuning.budget`` is spent.

    Parameters
    ----------
    material, spec
        The rows, and what is trained.
    folds
        The backtest's, from :func:`training.backtest.folds.rolling_folds`.
    storage, study_name
        A database's address, as ``sqlite:///tuning.db``, and the search's name in it: a second search of the same
        name goes on, and what the first finished counts. Without an address nothing is kept. Only one process at a
        time may search under a name.
    step
        Told of each trial as it begins, with the best loss so far.
    on_trial
        Called after each finished trial.
    offset
        Log-odds that each row starts from, float64 (all rows,), as in :func:`training.trees.grow_trees`.

    Raises
    ------
    ConfigError
        There is nothing to search on or for, or the search of that name was over other data or another
        specification.
    KeyboardInterrupt
        As pressed; what was finished is kept, and the same call goes on from there.

    """
    _check(spec, folds)
    search = _Search(material, spec, folds, offset)
    kept = None if storage is None else optuna.storages.RDBStorage(storage)
    deadline = None
    if spec.tuning.budget is not None:
        deadline = time.monotonic() + parse_duration(spec.tuning.budget, where="tuning.budget") / 1e6
    try:
        study = _open(search, kept, study_name)
        while (done := len(finished(study))) < (spec.tuning.trials or np.inf):
            late = deadline is not None and time.monotonic() >= deadline
            if late and done:
                break
            step(_progress(study, spec, done))
            # The defaults are what the rest is held against, however short the budget.
            if not _run(search, study, done, deadline if done else None):
                break
            if on_trial is not None:
                on_trial(trials_of(study)[-1])
        return tuned_of(study, list(search.space))
    finally:
        if kept is not None:
            kept.remove_session()
            kept.engine.dispose()


def _check(spec: TrainingSpec, folds: Sequence[Fold]) -> None:
    if not spec.tuning.wanted:
        raise ConfigError("nothing says how long to search", hint="give --trials N or --budget 10m")
    if not folds:
        raise ConfigError(
            "there is no backtest fold to search over",
            hint="a longer history, a shorter horizon, or backtest.folds above 0 in the training specification",
        )


class _StoppedError(Exception):
    """A fit was ended from outside."""


class _Search:
    """One loss for each set of parameters, over the folds in order."""

    def __init__(
        self, material: Material, spec: TrainingSpec, folds: Sequence[Fold], offset: np.ndarray | None
    ) -> None:
        self.spec, self.offset = spec, offset
        self.default = _default(spec)
        self.space = {name: _distribution(name, self.default[name]) for name in SPACE}
        self.sides = [_Side(material, spec, fold, offset) for fold in folds]
        self.digest = _digest(material, spec, folds, offset)

    def losses(self, parameters: dict[str, Any], deadline: float | None) -> Generator[float]:
        """Yield the mean loss over the first fold, the first two, ...; closing it ends what still runs.

        Raises _StoppedError once the deadline has passed.
        """
        stop = threading.Event()

        def check(_: int, __: float | None) -> None:
            if stop.is_set() or (deadline is not None and time.monotonic() >= deadline):
                raise _StoppedError

        pool = ThreadPoolExecutor(THREADS)
        try:
            running = [pool.submit(side.loss, parameters, check) for side in self.sides]
            total = weight = 0.0
            for future, side in zip(running, self.sides, strict=True):
                total += future.result()
                weight += float(side.weight.sum())
                yield total / weight
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)


class _Side:
    """One fold made ready: its lesson is the same for all trials."""

    def __init__(self, material: Material, spec: TrainingSpec, fold: Fold, offset: np.ndarray | None) -> None:
        own = replace(material, parts=fold.parts)
        lessons = lessons_of(own, spec, offset)
        learn, held = _halves(own, spec, lessons.learnable)
        self.grower = Grower(own, spec, lessons)
        self.lesson: Lesson = lessons.teach(learn, held)
        self.test = np.flatnonzero(fold.parts.test)
        self.label = own.rows.label[self.test] == 1
        self.weight = training_weights(own, spec, self.test)
        self.start = 0.0 if offset is None else offset[self.test]

    def loss(self, parameters: dict[str, Any], check: Callable[[int, float | None], None]) -> float:
        """Return the weighted sum of the test rows' log losses."""
        trees = self.grower.grow(self.lesson, check, n_jobs=1, **parameters)
        material = self.grower.material
        score = trees.decision_function(material.matrix[self.test, : material.width])
        log_odds = self.lesson.log_odds(score + self.start)
        return float(self.weight @ np.logaddexp(0.0, np.where(self.label, -log_odds, log_odds)))


def _halves(material: Material, spec: TrainingSpec, learnable: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows to learn from and those to stop on: of the account fold with most late opportunities."""
    parts, rows = material.parts, material.rows
    fold = account_folds(rows.cluster, material.history, spec.folds)
    positives = np.bincount(fold[parts.late & (rows.label == 1)], minlength=spec.folds)
    chosen = fold == int(np.argmax(positives))
    return learnable & ~chosen, parts.late & chosen


def _default(spec: TrainingSpec) -> dict[str, float | int]:
    known = BoostedTrees().get_params() | spec.model
    # Equal ratios know no zero; this is as good as one.
    return {name: max(known[name], _LEAST) if log else known[name] for name, (_, _, log) in SPACE.items()}


def _distribution(name: str, default: float) -> BaseDistribution:
    """Return where a parameter is searched: around the specification's own value, wherever that lies."""
    low, high, log = SPACE[name]
    low, high = min(low, default), max(high, default)
    if isinstance(SPACE[name][0], int):
        return IntDistribution(int(low), int(high), log=log)
    return FloatDistribution(float(low), float(high), log=log)


def _extent(fold: Fold) -> list[int]:
    return [fold.parts.test_from, int(fold.parts.train.sum()), int(fold.parts.test.sum())]


def _digest(material: Material, spec: TrainingSpec, folds: Sequence[Fold], offset: np.ndarray | None) -> str:
    """Return what a search is over: two with the same digest may share their trials."""
    told = {
        "dataset": material.dataset.manifest.digest,
        "features": material.feature_set.names[: material.width],
        "spec": spec.model_dump(mode="json", exclude={"tuning", "capacity", "calibration", "horizons"}),
        "space": SPACE,
        "folds": [_extent(fold) for fold in folds],
        "offset": None if offset is None else hashlib.sha256(np.ascontiguousarray(offset).tobytes()).hexdigest(),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _open(search: _Search, storage: optuna.storages.RDBStorage | None, study_name: str) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=_STARTUP)
    study = optuna.create_study(storage=storage, study_name=study_name, pruner=pruner, load_if_exists=True)
    searched = study.user_attrs.get(_SEARCHED)
    if searched is None:
        study.set_user_attr(_SEARCHED, search.digest)
    elif searched != search.digest:
        raise ConfigError(
            f"the search {study_name!r} was over other data or another specification",
            hint="give this one another name, or remove the old one",
        )
    for left in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        # A process that was killed could not say so itself.
        study.tell(left.number, state=TrialState.FAIL)
    return study


def _run(search: _Search, study: optuna.Study, done: int, deadline: float | None) -> bool:
    """Run one trial; return False where the deadline ended it before its end."""
    if done == 0 and not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        study.enqueue_trial(search.default)
    # Seeded by what is finished alone, so that an interruption changes nothing.
    seed = search.spec.seed * 100_003 + done
    study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=_STARTUP, multivariate=True)
    trial = study.ask(search.space)
    losses = search.losses(trial.params, deadline)
    try:
        for number, loss in enumerate(losses, start=1):
            trial.report(loss, number)
            if number < len(search.sides) and trial.should_prune():
                study.tell(trial, state=TrialState.PRUNED)
                return True
        study.tell(trial, loss)
    except _StoppedError:
        study.tell(trial, state=TrialState.FAIL)
        return False
    except BaseException:
        study.tell(trial, state=TrialState.FAIL)
        raise
    finally:
        losses.close()
    return True


def _progress(study: optuna.Study, spec: TrainingSpec, done: int) -> str:
    of = "" if spec.tuning.trials is None else f" of {spec.tuning.trials}"
    complete = [t.value for t in finished(study) if t.value is not None and t.state == TrialState.COMPLETE]
    best = f", best log loss so far {min(complete):.5f}" if complete else ": the defaults"
    return f"trial {done + 1}{of}{best}"
