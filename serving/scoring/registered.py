"""Registered models by version, for receipts of whatever age: each loaded once, the latest few kept."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from features.errors import LeadQualityError
from serving.scoring.verify import LoadedModel, ModelNotFoundError

if TYPE_CHECKING:
    from models.registry import Registry

#: Versions kept in memory at once: receipts come in the order of time, and a company has one champion at a time.
_KEPT = 4


class RegisteredModels:
    """The registry behind a tracking URI, as :func:`serving.scoring.verify.verify` asks it."""

    def __init__(self, tracking_uri: str | None) -> None:
        self._uri = tracking_uri
        self._failed: dict[str, str] = {}
        self._registry: Registry | None = None
        self._load = lru_cache(maxsize=_KEPT)(self._load_now)

    def __call__(self, version: str) -> LoadedModel:
        """Return a version.

        Raises
        ------
        ModelNotFoundError
            There is none, or it cannot be read.
        LeadQualityError
            There is no registry at all.

        """
        if self._registry is None:
            from models.registry import Registry  # noqa: PLC0415 - MLflow takes seconds to import

            self._registry = Registry(self._uri)
        if version not in self._failed:
            try:
                return self._load(self._registry, version)
            except LeadQualityError as error:
                # Asked once only: a thousand receipts of it would wait a thousand times.
                self._failed[version] = f"model {version}: {error.message}"
        raise ModelNotFoundError(self._failed[version])

    @staticmethod
    def _load_now(registry: Registry, version: str) -> LoadedModel:
        return LoadedModel.of(registry.load(version))
