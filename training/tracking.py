"""Each training as an MLflow run: parameters, figures, plots, and the model registered last of all.

A run that is cut off leaves no registered version, since registering is the last thing that happens.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import mlflow
import sqlalchemy.exc
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema

import models
from models.registry import MODEL_NAME, RegistryError, tracking_uri
from training.frozen import DIGEST_TAG, Look

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    from features.language import FeatureSet
    from models.lead_model import LeadModel

#: What loading a model needs, pinned to what it was trained with.
_REQUIRED = ("mlflow", "lightgbm", "numpy", "pandas", "numba", "pydantic", "pyarrow", "duckdb", "scikit-learn")


@dataclass(frozen=True)
class Child:
    """A nested run, of an origin or a trial: ``step`` orders it among its kind."""

    name: str
    parameters: dict[str, Any]
    metrics: dict[str, float]
    tags: dict[str, str]
    step: int


@dataclass(frozen=True)
class Record:
    """What one training leaves behind: written to the run as it stands here, with its nested runs."""

    model: LeadModel
    parameters: dict[str, Any]
    tags: dict[str, str]
    metrics: dict[str, float]
    figures: dict[str, Figure]
    texts: dict[str, str]
    children: tuple[Child, ...] = ()


@dataclass(frozen=True)
class Registered:
    """Where a training was recorded: its run and the registered version of its model."""

    run_id: str
    version: str
    uri: str


def record_training(record: Record, uri: str | None = None, *, name: str | None = None) -> Registered:
    """Write a training to MLflow and register its model.

    Raises
    ------
    RegistryError
        The tracking server or file cannot be used.

    """
    where = tracking_uri(uri)
    with _reachable(where), _quiet():
        mlflow.set_tracking_uri(where)
        mlflow.set_registry_uri(where)
        experiment = _experiment(where)
        with mlflow.start_run(experiment_id=experiment, run_name=name, tags=record.tags) as run:
            mlflow.log_params({key: str(value)[:500] for key, value in record.parameters.items()})
            mlflow.log_metrics(record.metrics)
            for file, figure in record.figures.items():
                mlflow.log_figure(figure, file)
            for file, text in record.texts.items():
                mlflow.log_text(text, file)
            for child in record.children:
                _log_child(child, experiment)
            info = _log_model(record.model)
        version = mlflow.register_model(info.model_uri, MODEL_NAME, tags=record.tags)
    return Registered(run.info.run_id, str(version.version), where)


def _log_child(child: Child, experiment: str) -> None:
    with mlflow.start_run(experiment_id=experiment, run_name=child.name, tags=child.tags, nested=True):
        mlflow.log_params(child.parameters)
        mlflow.log_metrics(child.metrics)
    # In the parent by step, so that MLflow draws them as a curve over the origins.
    mlflow.log_metrics({f"fold.{name}": value for name, value in child.metrics.items()}, step=child.step)


def earlier_looks(uri: str | None = None) -> list[Look]:
    """Return the finished trainings under a tracking URI, each of which was scored on its held-out rows.

    Raises
    ------
    RegistryError
        The tracking server or file cannot be used.

    """
    where = tracking_uri(uri)
    path = Path(where.removeprefix("sqlite:///"))
    if where.startswith("sqlite:///") and not path.is_file():
        return []
    with _reachable(where), _quiet():
        client = mlflow.MlflowClient(tracking_uri=where)
        experiment = client.get_experiment_by_name(MODEL_NAME)
        if experiment is None:
            return []
        wanted = f"attributes.status = 'FINISHED' AND tags.`{DIGEST_TAG}` != ''"
        found, token = [], None
        while True:
            page = client.search_runs([experiment.experiment_id], wanted, max_results=1000, page_token=token)
            found += page
            token = page.token
            if not token:
                break
    return [
        Look(
            run.info.run_id,
            run.data.tags[DIGEST_TAG],
            run.data.tags.get("dataset.digest", ""),
            int(run.info.start_time),
        )
        for run in found
    ]


def study_storage(uri: str | None = None) -> str:
    """Return where trials of a search are kept: beside an SQLite file, else in the working directory."""
    where = tracking_uri(uri)
    path = where.removeprefix("sqlite:///")
    folder = Path() if path == where else Path(path).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / 'trials.db'}"


def _log_model(model: LeadModel) -> mlflow.models.model.ModelInfo:
    with TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
        return mlflow.pyfunc.log_model(
            name="model",
            python_model=str(Path(models.__file__).parent / "pyfunc.py"),
            artifacts={"model": str(Path(folder) / "model")},
            signature=signature_of(model.feature_set),
            pip_requirements=[f"{name}=={importlib.metadata.version(name)}" for name in _REQUIRED],
        )


def signature_of(feature_set: FeatureSet) -> ModelSignature:
    """Return the pyfunc's signature: numbers as doubles, categories as optional text."""
    columns = [
        ColSpec(DataType.string if f.is_category else DataType.double, f.name, required=not f.is_category)
        for f in feature_set.features
    ]
    return ModelSignature(inputs=Schema(columns))


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


@contextlib.contextmanager
def _reachable(uri: str) -> Iterator[None]:
    path = uri.removeprefix("sqlite:///")
    if path != uri:
        Path(path).resolve().parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except (MlflowException, OSError, sqlalchemy.exc.SQLAlchemyError) as error:
        message = f"{uri}: cannot be used for tracking: {str(error).strip().splitlines()[0]}"
        raise RegistryError(message, hint="check --tracking-uri and MLFLOW_TRACKING_URI") from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the tracker's own chatter (migrations, progress, advice) out of our output."""
    loggers = [logging.getLogger(name) for name in ("mlflow", "alembic", "alembic.runtime.migration")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    # "Successfully registered ..." goes to standard error, past every logger.
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
