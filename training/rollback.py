"""Put the previous champion back in its place."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from features.facts.clock import stamp
from models.registry import CHAMPION, MODEL_NAME, PREVIOUS, Registry, RegistryError, reaching
from training.promote import REPLACES, TO_SERVE

if TYPE_CHECKING:
    from mlflow import MlflowClient

#: Tags of a version that was taken back.
ROLLED_BACK_AT, ROLLED_BACK_WHY = "rolled_back.at", "rolled_back.why"


@dataclass(frozen=True)
class Rollback:
    """Which version is the champion again, and which one was taken back."""

    champion: str
    taken_back: str
    previous: str | None
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def rollback(*, uri: str | None = None, why: str | None = None) -> Rollback:
    """Give ``champion`` back to ``previous-champion``, no questions asked: it passed its gates once.

    ``previous-champion`` then goes to the one before that, where there was one, so that a second rollback goes
    further back and not forth again. When, and why if given, are kept as tags of the version taken back.

    Raises
    ------
    RegistryError
        There is no previous champion, or the registry cannot be reached.
    DatasetError
        The previous champion's files are not a usable model.

    """
    registry = Registry(uri)
    aliases = registry.aliases()
    if CHAMPION not in aliases:
        message = f"{registry.uri}: no version is {CHAMPION} yet, so there is nothing to roll back to"
        raise RegistryError(message, hint="leadquality runs lists the versions; leadquality promote VERSION")
    present = registry.resolve(CHAMPION)
    target = aliases.get(PREVIOUS)
    taken = str(present.version)
    if target is None or target == taken:
        message = f"{registry.uri}: version {taken} is the champion, and none was before it"
        raise RegistryError(message, hint="leadquality runs lists the versions; leadquality promote VERSION")
    back = registry.load(target)
    earlier = _earlier(registry, back.version, taken)
    with reaching(registry.uri):
        client = registry.client
        client.set_model_version_tag(MODEL_NAME, taken, ROLLED_BACK_AT, stamp())
        if why is not None and why.strip():
            client.set_model_version_tag(MODEL_NAME, taken, ROLLED_BACK_WHY, why.strip())
        client.set_registered_model_alias(MODEL_NAME, CHAMPION, back.version)
        _move_previous(client, earlier)
    said = f"Version {back.version} is the champion again; version {taken} was taken back. {TO_SERVE}"
    return Rollback(back.version, taken, earlier, said)


def _earlier(registry: Registry, version: str, taken: str) -> str | None:
    """Return the champion before ``version``, None where there is none or it is the one just taken back."""
    found = registry.resolve(version).tags.get(REPLACES)
    known = {str(other.version) for other in registry.versions()}
    return found if found in known and found != taken else None


def _move_previous(client: MlflowClient, earlier: str | None) -> None:
    if earlier is None:
        client.delete_registered_model_alias(MODEL_NAME, PREVIOUS)
    else:
        client.set_registered_model_alias(MODEL_NAME, PREVIOUS, earlier)
