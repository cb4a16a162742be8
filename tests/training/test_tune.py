"""Tuning: defaults first, poor trials given up, goes on where it was, and never looks at the held-out period."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import optuna
import pytest

from features.errors import ConfigError
from tests.training.made import made
from training.backtest.folds import rolling_folds
from training.spec import Backtest, TrainingSpec, Tuning
from training.tune import SPACE, tune

MODEL = {"n_estimators": 30, "early_stopping_rounds": 5, "min_child_samples": 20, "cat_smooth": 5.0, "n_jobs": 1}
SPEC = TrainingSpec(horizon="30d", folds=3, model=MODEL, backtest=Backtest(folds=2), tuning=Tuning(trials=12))


def folds_of(material, spec=SPEC):
    found = rolling_folds(material.rows, material.history, material.parts, spec)
    assert len(found.folds) == 2, found.left_out
    return found.folds


@pytest.fixture(scope="module")
def material():
    return made(2400)


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def tuned(material, told):
    return tune(material, SPEC, folds_of(material), on_trial=told.append)


def stable(tuned):
    return tuned.trials.drop(columns="seconds")


def test_the_defaults_come_first_and_the_best_is_no_worse(tuned):
    first = tuned.trials.iloc[0]
    assert {name: first[name] for name in SPACE} == pytest.approx(
        {"learning_rate": 0.05, "num_leaves": 8, "reg_lambda": 10.0, "colsample_bytree": 0.4, "subsample": 0.8}
        | {"min_child_samples": 20, "cat_smooth": 5.0}
    )
    assert first["log_loss"] == tuned.default_loss
    assert tuned.best_loss <= tuned.default_loss
    assert tuned.losses == sorted(tuned.losses)
    assert len(tuned.trials) == 12


def test_poor_trials_are_given_up_and_are_no_configuration(tuned):
    pruned = tuned.trials[tuned.trials["pruned"]]
    assert 0 < len(pruned) < 12
    assert (pruned["folds"] == 1).all()
    assert len(tuned.configurations) == 12 - len(pruned)


def test_each_finished_trial_is_told_with_the_best_so_far(tuned, told):
    assert [trial.number for trial in told] == list(range(1, 13))
    through = [np.inf if trial.pruned else trial.loss for trial in told]
    assert [trial.best for trial in told] == np.minimum.accumulate(through).tolist()
    assert told[-1].best == tuned.best_loss


def test_a_search_is_the_same_for_a_seed_and_another_for_another(material, tuned):
    few = SPEC.model_copy(update={"tuning": Tuning(trials=4)})
    again = tune(material, few, folds_of(material))
    assert stable(again).equals(stable(tuned).head(4))
    other = tune(material, few.model_copy(update={"seed": 5}), folds_of(material))
    assert other.configurations[0] != again.configurations[0] or other.losses != again.losses


def test_an_interrupted_search_goes_on_as_if_it_had_not_been(material, tuned, tmp_path):
    storage = f"sqlite:///{tmp_path}/tuning.db"

    def interrupt(trial):
        if trial.number == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(material, SPEC, folds_of(material), storage=storage, on_trial=interrupt)
    steps = []
    # As a process leaves it that was killed in the middle of a trial.
    left = optuna.load_study(study_name="tuning", storage=storage)
    left.ask()
    left._storage.remove_session()
    left._storage._backend.engine.dispose()
    on = tune(material, SPEC, folds_of(material), storage=storage, step=steps.append)
    assert stable(on).equals(stable(tuned))
    assert len(steps) == 9
    assert steps[0].startswith("trial 4 of 12, best log loss so far 0.")
    done = tune(material, SPEC, folds_of(material), storage=storage, step=pytest.fail)
    assert stable(done).equals(stable(tuned))


def test_an_interrupt_within_a_fit_is_kept_as_no_trial(material, tmp_path, monkeypatch):
    storage = f"sqlite:///{tmp_path}/tuning.db"
    few = SPEC.model_copy(update={"tuning": Tuning(trials=2)})
    report = optuna.trial.Trial.report

    def interrupt(self, value, step):
        raise KeyboardInterrupt

    monkeypatch.setattr(optuna.trial.Trial, "report", interrupt)
    with pytest.raises(KeyboardInterrupt):
        tune(material, few, folds_of(material), storage=storage)
    monkeypatch.setattr(optuna.trial.Trial, "report", report)
    on = tune(material, few, folds_of(material), storage=storage)
    assert len(on.trials) == 2
    assert on.trials["num_leaves"].iloc[0] == 8, "the defaults again, since they had not been finished"


def test_the_held_out_period_is_never_looked_at(material, tuned):
    """Nor is anything of it that is not yet known at a fold: the search is the same over garbage."""
    hidden = ~material.parts.train
    label = np.where(hidden, 1 - np.abs(material.rows.label), material.rows.label).astype(np.int8)
    matrix = np.where(hidden[:, None], -7.0, material.matrix)
    garbled = replace(material, rows=replace(material.rows, label=label), matrix=matrix)
    few = SPEC.model_copy(update={"tuning": Tuning(trials=3)})
    assert stable(tune(garbled, few, folds_of(material))).equals(stable(tuned).head(3))


def test_without_young_rows_the_search_sees_other_losses(material, tuned):
    spec = SPEC.model_copy(update={"labels": "mature", "tuning": Tuning(trials=2)})
    found = tune(material, spec, folds_of(material, spec))
    assert found.default_loss == pytest.approx(tuned.default_loss, rel=0.1)
    assert found.default_loss != tuned.default_loss


def test_a_budget_ends_the_search_and_never_the_defaults(material):
    spec = SPEC.model_copy(update={"tuning": Tuning(budget="1s")})
    slow = spec.model_copy(update={"model": {**MODEL, "n_estimators": 400, "early_stopping_rounds": 400}})
    found = tune(material, slow, folds_of(material))
    assert len(found.trials) >= 1
    assert found.trials["log_loss"].iloc[0] == found.default_loss


def test_other_data_under_the_same_name_are_refused(material, tmp_path):
    storage = f"sqlite:///{tmp_path}/tuning.db"
    few = SPEC.model_copy(update={"tuning": Tuning(trials=1)})
    tune(material, few, folds_of(material), storage=storage)
    more = few.model_copy(update={"tuning": Tuning(trials=2)})
    assert len(tune(material, more, folds_of(material), storage=storage).trials) == 2, (
        "more trials are no other search"
    )
    with pytest.raises(ConfigError, match="over other data or another specification"):
        tune(material, few.model_copy(update={"weight": "row"}), folds_of(material), storage=storage)
    other = few.model_copy(update={"weight": "row"})
    assert len(tune(material, other, folds_of(material), storage=storage, study_name="rows").trials) == 1


def test_without_an_end_or_a_fold_there_is_no_search(material):
    with pytest.raises(ConfigError, match="how long") as caught:
        tune(material, SPEC.model_copy(update={"tuning": Tuning()}), folds_of(material))
    assert "--trials" in caught.value.hint
    with pytest.raises(ConfigError, match="no backtest fold"):
        tune(material, SPEC, ())


def test_values_of_the_specification_beyond_the_space_are_searched_around(material):
    spec = SPEC.model_copy(
        update={"model": {**MODEL, "num_leaves": 60, "reg_lambda": 0.0, "min_child_samples": 5}}
    )
    found = tune(material, spec.model_copy(update={"tuning": Tuning(trials=1)}), folds_of(material))
    first = found.configurations[0]
    assert (first["num_leaves"], first["min_child_samples"]) == (60, 5)
    assert first["reg_lambda"] == pytest.approx(0, abs=1e-6)


def test_a_bag_takes_turns_among_the_better_configurations(tuned):
    bag = tuned.bag(5, seed=10)
    assert [member["random_state"] for member in bag] == [10, 11, 12, 13, 14]
    better = sum(loss <= tuned.default_loss for loss in tuned.losses)
    assert len({member["learning_rate"] for member in bag}) == min(better, 3)
    assert {**tuned.configurations[0], "random_state": 10} == bag[0]
