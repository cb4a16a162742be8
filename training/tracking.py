"""Each training as an MLflow run: parameters, data, figures, plots, nested runs, and the model registered last.

A run that is cut off leaves no registered version: that is made in one step once everything else is there, and a
run counts as finished from then on, whatever became of its process.
"""

from __future__ import annotations

import importlib.metadata
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow import entities
from mlflow.entities import DatasetInput, InputTag, Metric, Param
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

import models
from features.frames import frame_from_matrix
from models.registry import MODEL_NAME, tracking_uri
from training.left_runs import process_tags
from training.tracker import quiet, reachable

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.figure import Figure
    from mlflow import MlflowClient

    from features.language import FeatureSet
    from models.lead_model import LeadModel

#: What loading a model needs, pinned to what it was trained with.
_REQUIRED = ("mlflow", "lightgbm", "numpy", "pandas", "numba", "pydantic", "pyarrow", "duckdb", "scikit-learn")
#: MLflow's databases keep so many characters of a tag.
MOST_TEXT = 5000


@dataclass(frozen=True)
class Child:
    """A nested run, of an origin or a trial: ``step`` orders it among its ``kind``."""

    kind: str
    name: str
    parameters: dict[str, Any]
    metrics: dict[str, float]
    tags: dict[str, str]
    step: int


@dataclass(frozen=True)
class Data:
    """A part of the data that a training read: its name, digest, where it lies, what for, and counts and dates.

    Only this is told; nothing of the data is copied.
    """

    name: str
    digest: str
    source: str
    context: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Record:
    """What one training leaves behind: written to the run as it stands here, with its nested runs.

    ``metrics`` are the model's on the rows of ``measured_on``, ``others`` all other figures, ``curves`` figures by
    step. ``example`` are rows (n, f) to try the pyfunc with, ``files`` texts to lie beside the model's own files.
    """

    model: LeadModel
    parameters: dict[str, Any]
    tags: dict[str, str]
    metrics: dict[str, float]
    figures: dict[str, Figure]
    texts: dict[str, str]
    others: dict[str, float] = field(default_factory=dict)
    curves: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    data: tuple[Data, ...] = ()
    measured_on: Data | None = None
    example: np.ndarray | None = None
    files: dict[str, str] = field(default_factory=dict)
    children: tuple[Child, ...] = ()


@dataclass(frozen=True)
class Registered:
    """Where a training was recorded: its run, the registered version of its model, and where its files are."""

    run_id: str
    version: str
    uri: str
    artifacts: str = ""

    def artifact(self, name: str) -> str:
        """Return where a file of the run lies: its path where that is on this machine."""
        return f"{self.artifacts.removeprefix('file://')}/{name}"


def record_training(record: Record, uri: str | None = None, *, name: str | None = None) -> Registered:
    """Write a training to MLflow and register its model.

    Raises
    ------
    RegistryError
        The tracking server or file cannot be used.

    """
    where = tracking_uri(uri)
    with reachable(where), quiet():
        mlflow.set_tracking_uri(where)
        mlflow.set_registry_uri(where)
        experiment = _experiment(where)
        tags = {key: str(value)[:MOST_TEXT] for key, value in record.tags.items()}
        with mlflow.start_run(experiment_id=experiment, run_name=name, tags=tags | process_tags()) as run:
            _log_run(record, run.info.run_id, experiment)
            info = _log_model(record)
            _log_metrics(record, run.info.run_id, info.model_id)
            version = mlflow.register_model(info.model_uri, MODEL_NAME, tags=tags)
    return Registered(run.info.run_id, str(version.version), where, str(run.info.artifact_uri))


def _log_run(record: Record, run_id: str, experiment: str) -> None:
    client = mlflow.MlflowClient()
    mlflow.log_params({key: str(value)[:500] for key, value in record.parameters.items()})
    if record.data:
        client.log_inputs(run_id, [_dataset_input(data) for data in record.data])
    for file, figure in record.figures.items():
        mlflow.log_figure(figure, file)
    for file, text in record.texts.items():
        mlflow.log_text(text, file)
    for child in record.children:
        _log_child(client, child, run_id, experiment)


def _dataset_input(data: Data) -> DatasetInput:
    dataset = entities.Dataset(
        name=data.name,
        digest=data.digest[:36],
        source_type="local",
        source=json.dumps({"uri": data.source}),
        profile=json.dumps(data.facts),
    )
    tags = [InputTag("mlflow.data.context", data.context)]
    return DatasetInput(dataset, [*tags, *(InputTag(key, str(value)[:500]) for key, value in data.facts.items())])


def _log_metrics(record: Record, run_id: str, model_id: str) -> None:
    """Log all figures at once: the model's own are linked to it and to the rows that they were measured on."""
    now = int(time.time() * 1000)
    on = record.measured_on
    name, digest = (None, None) if on is None else (on.name, on.digest[:36])
    own = [
        Metric(key, value, now, 0, model_id=model_id, dataset_name=name, dataset_digest=digest, run_id=run_id)
        for key, value in record.metrics.items()
    ]
    others = [Metric(key, value, now, 0) for key, value in record.others.items()]
    steps = [Metric(key, value, now, step) for key, points in record.curves.items() for step, value in points]
    mlflow.MlflowClient().log_batch(run_id, metrics=[*own, *others, *steps])


def _log_child(client: MlflowClient, child: Child, parent: str, experiment: str) -> None:
    tags = {**child.tags, "kind": child.kind, MLFLOW_PARENT_RUN_ID: parent}
    run_id = client.create_run(experiment, tags=tags, run_name=child.name).info.run_id
    now = int(time.time() * 1000)
    client.log_batch(
        run_id,
        metrics=[Metric(key, value, now, child.step) for key, value in child.metrics.items()],
        params=[Param(key, str(value)[:500]) for key, value in child.parameters.items()],
    )
    client.set_terminated(run_id)


def study_storage(uri: str | None = None) -> str:
    """Return where trials of a search are kept: beside an SQLite file, else in the working directory."""
    where = tracking_uri(uri)
    path = where.removeprefix("sqlite:///")
    folder = Path() if path == where else Path(path).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / 'trials.db'}"


def _log_model(record: Record) -> mlflow.models.model.ModelInfo:
    model = record.model
    with TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
        for file, text in record.files.items():
            (Path(folder) / "model" / file).write_text(text, encoding="utf-8")
        return mlflow.pyfunc.log_model(
            name="model",
            python_model=str(Path(models.__file__).parent / "pyfunc.py"),
            artifacts={"model": str(Path(folder) / "model")},
            signature=signature_of(model.feature_set, has_card=model.card is not None),
            input_example=None if record.example is None else example_frame(record.example, model.feature_set),
            pip_requirements=[f"{name}=={importlib.metadata.version(name)}" for name in _REQUIRED],
            params={"rounds": str(record.parameters.get("rounds", ""))},
            tags={key: str(value)[:MOST_TEXT] for key, value in record.tags.items()},
        )


def example_frame(matrix: np.ndarray, feature_set: FeatureSet) -> pd.DataFrame:
    """Return rows (n, f) as the pyfunc takes them: numbers, and categories as text or None."""
    frame = frame_from_matrix(matrix, feature_set)
    for name in feature_set.categories:
        frame[name] = frame[name].astype(object).where(frame[name].notna(), None)
    return frame


def signature_of(feature_set: FeatureSet, *, has_card: bool = False) -> ModelSignature:
    """Return the pyfunc's signature: numbers as doubles, categories as optional text; and what it answers."""
    inputs = [
        ColSpec(DataType.string if f.is_category else DataType.double, f.name, required=not f.is_category)
        for f in feature_set.features
    ]
    outputs = [
        ColSpec(DataType.double, "probability"),
        ColSpec(DataType.long, "score"),
        ColSpec(DataType.string, "grade"),
    ]
    if has_card:
        outputs += [ColSpec(DataType.double, "points"), ColSpec(DataType.string, "points_grade")]
    return ModelSignature(inputs=Schema(inputs), outputs=Schema(outputs))


def _experiment(uri: str) -> str:
    found = mlflow.get_experiment_by_name(MODEL_NAME)
    if found is not None:
        return str(found.experiment_id)
    return str(mlflow.create_experiment(MODEL_NAME, artifact_location=artifact_root(uri)))


def artifact_root(uri: str) -> str | None:
    """Return where artifacts go: beside an SQLite file, else wherever the server keeps them.

    MLflow's own default for SQLite is ``./mlruns`` of whatever folder the command happened to run in.
    """
    path = uri.removeprefix("sqlite:///")
    return None if path == uri else (Path(path).resolve().parent / "mlartifacts").as_uri()
