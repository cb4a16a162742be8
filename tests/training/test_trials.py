"""What a search leaves: trials in their order, the best configurations first, and a bag of them."""

from __future__ import annotations

import optuna
import pandas as pd
import pytest
from optuna.trial import TrialState

from training.trials import Tuned, bag_of, trials_of, tuned_of


def study_of(*losses):
    """Return a study with a trial for each pair of losses; a lone one was given up after the first fold."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study()
    for number, steps in enumerate(losses):
        study.add_trial(
            optuna.create_trial(
                params={"x": float(number)},
                distributions={"x": optuna.distributions.FloatDistribution(0, 9)},
                intermediate_values=dict(enumerate(steps, start=1)),
                state=TrialState.COMPLETE if len(steps) == 2 else TrialState.PRUNED,
                value=steps[-1],
            )
        )
    return study


def test_what_was_given_up_is_never_the_best():
    study = study_of((0.5, 0.4), (0.1,), (0.3, 0.35))
    trials = trials_of(study)
    assert [(trial.number, trial.pruned, trial.best) for trial in trials] == [
        (1, False, 0.4),
        (2, True, 0.4),
        (3, False, 0.35),
    ]
    found = tuned_of(study, ["x"])
    assert found.configurations == [{"x": 2.0}, {"x": 0.0}]
    assert (found.best_loss, found.default_loss) == (0.35, 0.4)
    assert list(found.trials) == ["trial", "pruned", "log_loss", "folds", "seconds", "x"]


@pytest.mark.parametrize(("size", "xs"), [(2, [1, 2]), (5, [1, 2, 1, 2, 1])])
def test_a_bag_leaves_out_what_is_worse_than_the_defaults(size, xs):
    found = Tuned([{"x": 1}, {"x": 2}, {"x": 3}], [0.1, 0.2, 0.4], pd.DataFrame(), default_loss=0.2)
    assert [member["x"] for member in found.bag(size, seed=7)] == xs
    assert bag_of([{}], 2, 3) == [{"random_state": 3}, {"random_state": 4}]
