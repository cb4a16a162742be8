"""A training end to end: what is registered, what the run keeps, and what can be done with it afterwards."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient

from features.errors import ConfigError
from features.frames import frame_from_matrix
from models.batch import score_open_leads
from models.calibration import from_log_odds
from models.registry import MODEL_NAME, Registry, RegistryError, tracking_uri
from models.scorer import grade_letters
from training.fit import fit_all
from training.material import gather, shipped
from training.spec import read_spec
from training.tracking import artifact_root, signature_of


@pytest.fixture
def client(registered):
    return MlflowClient(tracking_uri=registered.uri, registry_uri=registered.uri)


@pytest.fixture
def copied(registered, tmp_path):
    """Return the URI of a registry of one's own, to put aliases into."""
    shutil.copy(registered.folder / "registry" / "mlflow.db", tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path}/mlflow.db"


@pytest.fixture
def run(registered, client):
    return client.get_run(registered.trained.registered.run_id)


def test_trainings_are_registered_as_versions(registered, client):
    assert [registered.trained.registered.version, registered.second.registered.version] == ["1", "2"]
    assert registered.trained.model.version == "1"
    version = client.get_model_version(MODEL_NAME, "1")
    assert version.run_id == registered.trained.registered.run_id
    assert version.tags["dataset.digest"] == registered.dataset.manifest.digest
    assert version.tags["card"] == registered.trained.model.card.name
    assert client.get_model_version(MODEL_NAME, "2").tags["card"] == ""


def test_the_run_keeps_parameters_and_figures(registered, run):
    parameters, metrics = run.data.params, run.data.metrics
    assert parameters["horizon"] == "90d"
    assert parameters["snapshots.jitter"] == "0.25"
    assert parameters["split.accounts"] == "disjoint"
    assert parameters["model.n_estimators"] == "40"
    assert int(parameters["rounds"]) == registered.trained.fitted.rounds <= 40
    assert int(parameters["data.test_rows"]) == registered.trained.comparison.n_rows
    estimates = registered.trained.comparison.estimates
    assert metrics["auc"] == pytest.approx(estimates["model"]["auc"].value)
    assert metrics["card.auc"] == pytest.approx(estimates["card"]["auc"].value)
    assert metrics["logistic.auc"] == pytest.approx(estimates["logistic"]["auc"].value)
    assert all(np.isfinite(value) for value in metrics.values())
    assert run.info.status == "FINISHED"


def test_the_run_keeps_its_plots_and_texts(registered, client, run, tmp_path):
    names = {artifact.path for artifact in client.list_artifacts(run.info.run_id)}
    plots = {"reliability.png", "lift.png", "importance.png"}
    texts = {"comparison.json", "feature_set.json", "spec.json", "dataset.json", "counts.json"}
    assert names >= plots | texts
    for name in plots | texts:
        file = client.download_artifacts(run.info.run_id, name, str(tmp_path))
        content = (tmp_path / name).read_bytes()
        assert file.endswith(name)
        assert content[:4] == b"\x89PNG" if name in plots else json.loads(content)
    assert (registered.folder / "registry" / "mlartifacts").is_dir(), "artifacts lie beside the registry's file"


def test_a_registered_model_is_the_trained_one(registered):
    material = registered.trained.material
    rows = material.matrix[:300]
    model = Registry(registered.uri).load("1")
    assert model.version == "1"
    np.testing.assert_array_equal(model.total(rows), registered.trained.model.total(rows))
    np.testing.assert_array_equal(model.grades(rows), registered.trained.model.grades(rows))


# MLflow looks at numpy's and pandas' types in ways that they warn of; this can go when it does not any more.
@pytest.mark.filterwarnings("ignore::DeprecationWarning:mlflow", "ignore::FutureWarning:mlflow")
def test_the_pyfunc_predicts_what_the_model_does(registered):
    mlflow.set_tracking_uri(registered.uri)
    mlflow.set_registry_uri(registered.uri)
    loaded = mlflow.pyfunc.load_model(f"models:/{MODEL_NAME}/1")
    model = registered.trained.model
    rows = registered.trained.material.matrix[:200]
    frame = frame_from_matrix(rows, model.feature_set)
    for name in model.feature_set.categories:
        frame[name] = frame[name].astype(object).where(frame[name].notna(), None)
    found = loaded.predict(frame)
    assert list(found.columns) == ["probability", "score", "grade", "points", "points_grade"]
    np.testing.assert_array_equal(found["probability"], model.probability(rows))
    np.testing.assert_array_equal(found["score"], model.score(model.probability(rows)))
    assert found["grade"].tolist() == model.grades(rows).tolist()
    assert found["points"].tolist() == model.card.total(rows[:, model.card_columns]).tolist()
    unwrapped = loaded.unwrap_python_model().model
    np.testing.assert_array_equal(unwrapped.total(rows), model.total(rows))


def test_the_signature_takes_numbers_and_optional_text(registered):
    inputs = signature_of(registered.trained.model.feature_set).inputs.to_dict()
    by_name = {column["name"]: (column["type"], column["required"]) for column in inputs}
    assert by_name["lead_age"] == ("double", True)
    assert by_name["industry"] == ("string", False)
    assert len(by_name) == len(registered.trained.model.feature_set.features)


def test_same_data_specification_and_seed_give_the_same_trees(registered):
    again = fit_all(gather(registered.dataset, registered.spec), registered.spec)
    first = registered.trained.model
    assert again.model.booster.model_to_string() == first.booster.model_to_string()
    assert again.model.calibration == first.calibration
    assert again.model.scale == first.scale


def test_training_uses_nothing_of_the_test_rows(registered):
    """Every label of the test period turned over, and the model is the same to the last tree."""
    material = gather(registered.dataset, registered.spec)
    rows = material.rows
    label = np.where(material.parts.test, 1 - rows.label, rows.label).astype(np.int8)
    spoilt = replace(material, rows=replace(rows, label=label))
    found = fit_all(spoilt, registered.spec).model
    assert found.booster.model_to_string() == registered.trained.model.booster.model_to_string()
    assert (found.calibration, found.scale) == (
        registered.trained.model.calibration,
        registered.trained.model.scale,
    )
    assert found.card.calibration == registered.trained.model.card.calibration


def test_what_training_stands_on(registered):
    material = registered.trained.material
    rows, parts = material.rows, material.parts
    horizon = registered.spec.horizon_us
    assert rows.as_of[parts.train].max() + horizon <= parts.test_from <= rows.as_of[parts.test].min()
    assert not set(rows.cluster[parts.train]) & set(rows.cluster[parts.test])
    assert (rows.as_of[parts.test] + horizon).max() <= registered.dataset.observed_until
    assert material.matrix.shape == (len(rows), len(material.feature_set.features))
    assert 0 < material.width < material.matrix.shape[1], "the card reads columns of its own"
    assert material.undecided == (rows.label == -1).sum() > 0


def test_levels_are_those_of_the_training_rows(registered):
    material = registered.trained.material
    for column in material.categories:
        codes = material.matrix[material.parts.train, column]
        counts = np.bincount(codes[np.isfinite(codes)].astype(int))
        levels = material.feature_set.features[column].levels
        assert len(counts) == len(levels) > 1
        assert counts.min() >= 2, "a level is seen in training"
        assert counts.tolist() == sorted(counts, reverse=True), "most frequent first"


def test_grades_have_the_cards_shares_on_the_reference_rows(registered):
    """By trees that did not see these rows' accounts: the final ones spread them wider than they will new rows."""
    material, model = registered.trained.material, registered.trained.model
    late = registered.trained.fitted.late
    card = material.card.grades(material.card_matrix[material.parts.late])
    ours = grade_letters(from_log_odds(late), model.scale.cuts)
    for letters in ("A", "AB", "ABC"):
        share = np.isin(card, list(letters)).mean()
        assert np.isin(ours, list(letters)).mean() == pytest.approx(share, abs=0.02)
    points = material.card.total(material.card_matrix[material.parts.late])
    assert late.std() * model.scale.points_per_log_odds == pytest.approx(points.std())


@pytest.mark.parametrize(
    ("overrides", "error", "message"),
    [
        ({"model": {"leaves": 3}}, ConfigError, "model.leaves is no parameter of the trees"),
        ({"horizon": "700d"}, ConfigError, "the training part has 0 rows with 0 opportunities"),
        ({"horizon": "800d"}, ConfigError, "no row is decided"),
        ({"horizon": "12h"}, ConfigError, "horizon: '12h' is shorter than a day"),
        ({"features": "nonsense"}, Exception, "feature_sets: attributes_only, default, manual, saas"),
        ({"card": "nonsense"}, Exception, "one of the shipped cards: b2b_example, saas_trial"),
        ({"card": "saas_trial"}, ConfigError, "the dataset has nothing that any of its 6 rules speaks of"),
        ({"features": "saas_trial"}, ConfigError, "feature set saas_trial: no event kind"),
    ],
)
def test_a_specification_that_does_not_fit_the_data_is_an_error(registered, overrides, error, message):
    spec = read_spec("default", **{"folds": 2} | overrides)
    with pytest.raises(error) as caught:
        fit_all(gather(registered.dataset, spec), spec)
    assert message in caught.value.message


@pytest.mark.parametrize("uri", ["mlruns", "./mlruns/", "/srv/mlruns"])
def test_a_folder_as_registry_is_refused(uri):
    with pytest.raises(RegistryError, match="expected sqlite:///FILE") as caught:
        Registry(uri)
    assert caught.value.hint == f"for a file next to you: sqlite:///{uri.rstrip('/')}/mlflow.db"


def test_the_uri_is_as_given_or_from_the_environment_or_a_file_here(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert tracking_uri() == "sqlite:///mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://tracking:5000")
    assert tracking_uri() == "http://tracking:5000"
    assert tracking_uri("sqlite:///here.db") == "sqlite:///here.db"


def test_artifacts_go_beside_a_file_and_else_where_the_server_says(tmp_path):
    assert artifact_root(f"sqlite:///{tmp_path}/x.db") == (tmp_path / "mlartifacts").as_uri()
    assert artifact_root("http://tracking:5000") is None


def test_a_file_by_path_comes_before_a_shipped_one(tmp_path, monkeypatch):
    (tmp_path / "mine.yaml").write_text("x: 1\n")
    assert shipped("cards", str(tmp_path / "mine.yaml")) == tmp_path / "mine.yaml"
    assert shipped("cards", "b2b_example").name == "b2b_example.yaml"


def test_every_open_lead_is_scored_best_first(registered):
    model = registered.trained.model
    frame = score_open_leads(model, registered.dataset, "2026-03-01")
    assert frame["lead_id"].is_unique
    opened = registered.dataset.rows(
        """SELECT count(*) FROM leads WHERE created_at < TIMESTAMPTZ '2026-03-01' AND lead_id NOT IN (
        SELECT lead_id FROM opportunities WHERE lead_id IS NOT NULL AND created_at < TIMESTAMPTZ '2026-03-01')"""
    )
    assert len(frame) == opened[0][0] > 500
    assert frame["probability"].is_monotonic_decreasing
    assert frame["score"].is_monotonic_decreasing
    assert set(frame["status"]) == {"scored"}
    assert (frame["agree"] == (frame["grade"] == frame["points_grade"])).all()
    assert set(frame["as_of"]) == {"2026-03-01T00:00:00Z"}
    assert (
        frame["similar"]
        .str.fullmatch(r"of [\d,]+ similar past leads? \(grade [A-D].*\) [\d,]+ became .*days")
        .all()
    )
    assert frame.groupby("grade")["similar"].first().nunique() == frame["grade"].nunique()
    assert frame.filter(like="reason_").map(len).to_numpy().max() <= 160


@pytest.mark.parametrize(
    ("as_of", "message"), [("soon", "not an ISO 8601 moment"), ("2030-01-01", "lies after the observed period")]
)
def test_a_moment_that_cannot_be_scored_is_an_error(registered, as_of, message):
    with pytest.raises(ConfigError, match=message):
        score_open_leads(registered.trained.model, registered.dataset, as_of)
