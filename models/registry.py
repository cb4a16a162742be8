"""Where trained models are kept: MLflow's registry, addressed by version number or alias.

An alias is resolved to a version once, and the version is what answers and tables show.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from features.errors import LeadQualityError
from models.lead_model import LeadModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow.entities.model_registry import ModelVersion

# Its progress bars would run through ours; MLflow reads this when an artifact is moved.
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

# Its own five retries with doubling pauses would take minutes to say that a server is down.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
_NOT_THERE = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}

#: Name of the registered model, and of the experiment whose runs make its versions.
MODEL_NAME = "lead-quality"
CHAMPION = "champion"
PREVIOUS = "previous-champion"
DEFAULT_TRACKING_URI = "sqlite:///mlflow.db"


class RegistryError(LeadQualityError):
    """A version or alias that is not there, or a registry that cannot be reached."""


def tracking_uri(given: str | None = None) -> str:
    """Return the tracking URI: as given, from MLFLOW_TRACKING_URI, or an SQLite file in the working directory.

    A path to a folder or file without a scheme is refused, since MLflow would keep runs in a file store.
    """
    uri = given or os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_TRACKING_URI
    if "://" not in uri and uri != "databricks":
        raise RegistryError(
            f"tracking URI {uri!r}: expected sqlite:///FILE, postgresql://... or http(s)://...",
            hint=f"for a file next to you: sqlite:///{uri.rstrip('/')}/mlflow.db",
        )
    return uri


@contextmanager
def reaching(uri: str) -> Iterator[None]:
    """Turn what MLflow and its database raise while something is written into our error.

    Raises
    ------
    RegistryError
        The registry refused, or does not answer.

    """
    try:
        yield
    except (MlflowException, SQLAlchemyError) as error:
        first = str(error).strip().splitlines()[0][:200]
        raise RegistryError(f"{uri}: {first}", hint="check --tracking-uri and MLFLOW_TRACKING_URI") from error


class Registry:
    """The registered lead models behind one tracking URI, for those who look for what was trained.

    Raises
    ------
    RegistryError
        The URI is none, there is no registry yet, or it cannot be reached.

    """

    def __init__(self, uri: str | None = None) -> None:
        self.uri = tracking_uri(uri)
        self._check_file()
        try:
            self.client = MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)
        except (MlflowException, SQLAlchemyError) as error:
            raise self._unreachable(error) from error

    def resolve(self, version_or_alias: str) -> ModelVersion:
        """Return the registered version that a number or an alias stands for.

        Raises
        ------
        RegistryError
            There is none; the message names the versions and aliases that there are.

        """
        try:
            if version_or_alias.isdigit():
                return self.client.get_model_version(MODEL_NAME, version_or_alias)
            return self.client.get_model_version_by_alias(MODEL_NAME, version_or_alias)
        except MlflowException as error:
            if error.error_code not in _NOT_THERE:
                raise self._unreachable(error) from error
            raise self._not_found(version_or_alias) from error
        except SQLAlchemyError as error:
            raise self._unreachable(error) from error

    def load(self, version_or_alias: str) -> LeadModel:
        """Load a registered model, under the number of its version."""
        version = self.resolve(version_or_alias)
        with TemporaryDirectory() as folder:
            try:
                mlflow.set_registry_uri(self.uri)
                mlflow.set_tracking_uri(self.uri)
                local = mlflow.artifacts.download_artifacts(
                    f"models:/{MODEL_NAME}/{version.version}", dst_path=folder, tracking_uri=self.uri
                )
            except (MlflowException, OSError) as error:
                message = f"version {version.version}: its files cannot be fetched: {str(error).splitlines()[0]}"
                raise RegistryError(
                    message, hint="are the artifacts where they were when it was trained?"
                ) from error
            return LeadModel.load(_model_folder(Path(local)), version=str(version.version))

    def versions(self) -> list[ModelVersion]:
        """Return all registered versions, newest first."""
        try:
            found = self.client.search_model_versions(f"name = '{MODEL_NAME}'")
        except (MlflowException, SQLAlchemyError) as error:
            raise self._unreachable(error) from error
        return sorted(found, key=lambda version: -int(version.version))

    def aliases(self) -> dict[str, str]:
        """Return the version behind each alias."""
        try:
            model = self.client.get_registered_model(MODEL_NAME)
        except MlflowException as error:
            if error.error_code not in _NOT_THERE:
                raise self._unreachable(error) from error
            return {}
        return {alias: str(version) for alias, version in model.aliases.items()}

    def _unreachable(self, error: Exception) -> RegistryError:
        message = f"{self.uri}: the registry does not answer: {str(error).strip().splitlines()[0][:200]}"
        return RegistryError(message, hint="check --tracking-uri and MLFLOW_TRACKING_URI")

    def _check_file(self) -> None:
        """Refuse an SQLite file that is not there or empty: MLflow's client would make a registry of it."""
        path = self.uri.removeprefix("sqlite:///")
        if path == self.uri or (Path(path).is_file() and Path(path).stat().st_size):
            return
        seen = "an empty file" if Path(path).is_file() else "a folder" if Path(path).is_dir() else "no such file"
        raise RegistryError(
            f"{self.uri}: {seen}, so there is no registry yet",
            hint="leadquality train DATASET makes one; or name another with --tracking-uri",
        )

    def _not_found(self, wanted: str) -> RegistryError:
        numbers = [str(version.version) for version in self.versions()]
        if not numbers:
            return RegistryError(f"{self.uri}: holds no model yet", hint="train one: leadquality train DATASET")
        known = ", ".join([*numbers, *sorted(self.aliases())])
        if wanted == CHAMPION:
            return RegistryError(
                f"{self.uri}: no version is {CHAMPION} yet; there are {known}",
                hint=f"choose one: leadquality promote {numbers[0]}",
            )
        return RegistryError(f"{self.uri}: no version or alias {wanted!r}", hint=f"there are: {known}")


def _model_folder(local: Path) -> Path:
    """Return the folder with our files inside a downloaded pyfunc model."""
    found = next(local.rglob("booster.txt"), None)
    if found is None:
        raise RegistryError("the version's files are gone", hint="restore its artifacts, or train again")
    return found.parent
