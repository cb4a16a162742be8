"""What MLflow's users expect of a run: data, nested runs, curves, an example, figures tied to model and rows."""

from __future__ import annotations

import json
from types import SimpleNamespace

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from models.registry import MODEL_NAME, Registry
from training import record as recording
from training.curve import LearningCurve
from training.record import MOST_TRIALS, example_rows, feature_set_digest


@pytest.fixture
def client(registered):
    return MlflowClient(tracking_uri=registered.uri, registry_uri=registered.uri)


@pytest.fixture
def run(registered, client):
    return client.get_run(registered.trained.registered.run_id)


def trials(count):
    """Return a search whose every third trial was given up, and whose later trials are the better ones."""
    number = np.arange(1, count + 1)
    frame = pd.DataFrame({"trial": number, "pruned": number % 3 == 0, "log_loss": 1 - number / 1000, "folds": 2})
    return SimpleNamespace(tuned=SimpleNamespace(trials=frame.assign(seconds=1.0, num_leaves=number % 31)))


def test_the_run_names_its_data_and_copies_none(registered, run):
    inputs = {found.dataset.name: found for found in run.inputs.dataset_inputs}
    name = registered.dataset.path.name
    assert set(inputs) == {f"{name}, training rows", f"{name}, held-out rows"}
    contexts = {}
    for called, found in inputs.items():
        assert registered.dataset.manifest.digest.startswith(found.dataset.digest)
        assert json.loads(found.dataset.source) == {"uri": str(registered.dataset.path)}
        tags = {tag.key: tag.value for tag in found.tags}
        contexts[called.split(", ")[1]] = tags["mlflow.data.context"]
        if "held-out" in called:
            assert int(tags["rows"]) == registered.trained.comparison.n_rows
    assert contexts == {"training rows": "training", "held-out rows": "held out"}


def test_held_out_figures_are_tied_to_the_model_and_its_rows(registered, client, run):
    version = client.get_model_version(MODEL_NAME, "1")
    [output] = run.outputs.model_outputs
    model = client.get_logged_model(output.model_id)
    assert model.source_run_id == run.info.run_id == version.run_id
    assert model.status.value == "READY"
    told = {metric.key: metric for metric in model.metrics}
    assert told["auc"].value == pytest.approx(registered.trained.comparison.estimates["model"]["auc"].value)
    assert told["auc"].dataset_name.endswith("held-out rows")
    assert not [key for key in told if key.startswith(("backtest.", "fold.", "learning."))]
    assert model.tags["frozen.digest"] == run.data.tags["frozen.digest"]


def test_figures_by_step(registered, client, run):
    curve = client.get_metric_history(run.info.run_id, "learning.log_loss")
    assert [(point.step, point.value) for point in curve] == registered.trained.curve
    assert 1 <= len(curve) <= 40
    folds = client.get_metric_history(run.info.run_id, "fold.auc")
    assert len(folds) == len(registered.trained.backtest.folds.folds)
    children = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'")
    assert [child.data.tags["kind"] for child in children] == ["fold"] * len(folds)
    assert {child.info.status for child in children} == {"FINISHED"}


def test_tags_say_what_was_trained(registered, run):
    tags, model = run.data.tags, registered.trained.model
    assert tags["feature_set.digest"] == feature_set_digest(model.feature_set)
    assert tags["feature_set.digest"] != feature_set_digest(registered.second.model.feature_set)
    assert tags["arm"] == "model"
    assert tags["recommended"] == registered.trained.recommendation.arm
    version = Registry(registered.uri).resolve("1")
    assert {key: tags[key] for key in ("arm", "card", "dataset.digest")}.items() <= version.tags.items()
    assert "process" not in version.tags


# MLflow looks at numpy's and pandas' types in ways that they warn of; this can go when it does not any more.
@pytest.mark.filterwarnings("ignore::DeprecationWarning:mlflow", "ignore::FutureWarning:mlflow")
def test_the_example_can_be_predicted(registered):
    mlflow.set_tracking_uri(registered.uri)
    mlflow.set_registry_uri(registered.uri)
    loaded = mlflow.pyfunc.load_model(f"models:/{MODEL_NAME}/1")
    answered = loaded.predict(loaded.input_example)
    assert len(answered) == 3
    outputs = [column["name"] for column in loaded.metadata.signature.outputs.to_dict()]
    assert list(answered.columns) == outputs


def test_example_rows_are_quartiles_and_nobodys_own():
    matrix = np.array([[1.0, 5.0, np.nan], [2.0, 4.0, np.nan], [3.0, np.nan, np.nan], [4.0, 1.0, np.nan]])
    np.testing.assert_array_equal(
        example_rows(matrix), [[1.0, 1.0, np.nan], [2.0, 4.0, np.nan], [3.0, 4.0, np.nan]]
    )


def test_every_trial_has_a_run_until_they_are_too_many():
    few = trials(6)
    found = recording._trials(few)
    assert [child.name for child in found] == [f"trial {number}" for number in range(1, 7)]
    assert [child.tags["pruned"] for child in found] == ["false", "false", "true"] * 2
    assert "log_loss" in found[0].metrics
    assert set(found[2].metrics) == {"log_loss_until_pruned", "folds", "seconds"}
    assert recording._trials_tag(few) == {"trials": "all 6 as nested runs"}
    many = trials(3 * MOST_TRIALS)
    kept = recording._trials(many)
    assert len(kept) == MOST_TRIALS
    assert {child.tags["pruned"] for child in kept} == {"false"}
    assert kept[-1].name == f"trial {3 * MOST_TRIALS - 1}"
    assert [child.step for child in kept] == sorted(child.step for child in kept)
    assert recording._trials_tag(many) == {
        "trials": f"the best {MOST_TRIALS} of {3 * MOST_TRIALS} as nested runs; trials.json has all"
    }


def test_a_learning_curve_ends_where_the_first_booster_does():
    told = []
    curve = LearningCurve(lambda number, loss: told.append((number, loss)))
    for number in range(1, 501):
        curve(number, 1 / number)
        if number <= 400:
            curve(number, 3 / number)
    curve(1, None)
    points = curve.points(most=10)
    assert len(told) == 901
    assert len(points) == 10
    assert (points[0], points[-1]) == ((1, 2.0), (400, pytest.approx(2 / 400)))
    assert LearningCurve().points() == []
