"""One small market with two registered trainings, made once per test process: MLflow's first migration is slow."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from features.facts import Dataset
    from training.spec import TrainingSpec
    from training.train import Trained

LEADS, SEED = 2000, 5


@dataclass(frozen=True)
class Registered:
    """A market, and an MLflow file with version 1 (with a card) and version 2 (without, of other features)."""

    folder: Path
    dataset: Dataset
    uri: str
    spec: TrainingSpec
    trained: Trained
    second: Trained


@pytest.fixture(scope="session")
def registered(tmp_path_factory) -> Registered:
    # Imported here, so that tests without a training need not wait for MLflow.
    from features.simulation import import_simulated  # noqa: PLC0415
    from training.spec import read_spec  # noqa: PLC0415
    from training.train import train  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("registered")
    dataset = import_simulated(LEADS, SEED, folder / "data")
    uri = f"sqlite:///{folder}/registry/mlflow.db"
    quick: dict[str, Any] = {
        "folds": 2,
        "model": {"n_estimators": 40, "learning_rate": 0.1},
        "capacity": 5,
        "backtest": {"folds": 2},
    }
    spec = read_spec("default", card="b2b_example", **quick)
    plain = read_spec("default", features="attributes_only", seed=3, **quick)
    with warnings.catch_warnings():
        # What MLflow and its database layer say while they make their tables is theirs to mend.
        warnings.simplefilter("ignore")
        trained = train(dataset, spec, uri=uri)
        second = train(dataset, plain, uri=uri)
    return Registered(folder, dataset, uri, spec, trained, second)
