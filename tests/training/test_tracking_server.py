"""A real MLflow server over HTTP, PostgreSQL behind it: train, compare, promote, load back."""

from __future__ import annotations

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient

from features.errors import ConfigError
from models.registry import MODEL_NAME, Registry
from tests.training.servers import mlflow_server
from training import looks
from training.compare import compare_scorers
from training.frozen import DIGEST_TAG
from training.looks import earlier_looks
from training.promote import promote
from training.record import record_of
from training.runs import list_versions
from training.tracking import record_training
from training.train import train

# MLflow and its database layer warn of their own affairs; this can go when they do not any more.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with mlflow_server(tmp_path_factory.mktemp("server")) as started:
        yield started


def test_the_whole_way_over_http(server, registered, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    uri = server.uri
    assert earlier_looks(uri) == []
    no_backtest = registered.spec.backtest.model_copy(update={"folds": 0})
    spec = registered.spec.model_copy(update={"features": "attributes_only", "backtest": no_backtest})
    first = train(registered.dataset, spec, uri=uri)
    with pytest.raises(ConfigError, match="scored on these held-out rows before"):
        train(registered.dataset, spec, uri=uri)
    record = record_of(registered.trained, registered.spec, {DIGEST_TAG: "second"})
    second = record_training(record, uri)
    assert [row.version for row in list_versions(uri)] == [second.version, first.registered.version] == ["2", "1"]

    monkeypatch.setattr(looks, "PAGE", 1)
    assert {look.run_id for look in earlier_looks(uri)} == {first.registered.run_id, second.run_id}

    client = MlflowClient(uri, uri)
    names = {file.path for file in client.list_artifacts(second.run_id)}
    assert names >= {"comparison.json", "leak_guard.json", "reliability.png", "backtest.png"}
    assert [*server.artifacts.rglob("booster.txt")], "artifacts go through the server"
    assert not [*tmp_path.rglob("booster.txt")]
    run = client.get_run(second.run_id)
    nested = f"tags.`mlflow.parentRunId` = '{second.run_id}'"
    children = client.search_runs([run.info.experiment_id], nested)
    assert len(children) == len(registered.trained.backtest.folds.folds) > 0
    curve = client.get_metric_history(second.run_id, "learning.log_loss")
    assert [point.step for point in curve] == [number for number, _ in registered.trained.curve]

    compared = compare_scorers("1", "2", uri=uri)
    assert compared.comparison.n_rows > 0
    why = "the small market is all that there is"
    assert promote("2", uri=uri, force=why).promoted
    loaded = Registry(uri).load("champion")
    rows = registered.trained.material.matrix[:50]
    assert loaded.version == "2"
    np.testing.assert_array_equal(loaded.total(rows), registered.trained.model.total(rows))
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    pyfunc = mlflow.pyfunc.load_model(f"models:/{MODEL_NAME}@champion")
    answered = pyfunc.predict(pyfunc.input_example)
    assert len(answered) == 3
    assert answered["probability"].between(0, 1).all()
