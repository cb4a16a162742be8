"""Make a version the champion that the service loads."""

from __future__ import annotations

from datetime import UTC, datetime

from mlflow.exceptions import MlflowException

from models.registry import CHAMPION, MODEL_NAME, PREVIOUS, Registry, RegistryError


def promote(version_or_alias: str, *, uri: str | None = None) -> str:
    """Give a version the alias ``champion`` and return what was done in a sentence.

    The version is loaded first, so that a damaged one is never promoted; the champion so far keeps the alias
    ``previous-champion``.

    Raises
    ------
    RegistryError
        There is no such version, or the registry cannot be reached.
    DatasetError
        Its files are not a usable model.

    """
    registry = Registry(uri)
    version = registry.load(version_or_alias).version
    before = registry.aliases().get(CHAMPION)
    if before == version:
        return f"Version {version} is the champion already."
    try:
        if before is not None:
            registry.client.set_registered_model_alias(MODEL_NAME, PREVIOUS, before)
        registry.client.set_registered_model_alias(MODEL_NAME, CHAMPION, version)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        registry.client.set_model_version_tag(MODEL_NAME, version, "promoted_at", now)
    except MlflowException as error:
        raise RegistryError(f"{registry.uri}: {str(error).splitlines()[0]}") from error
    replaced = f" It replaces version {before}, which stays as {PREVIOUS}." if before else ""
    return f"Version {version} is now the champion.{replaced} A running service takes it at its next start."
