"""The card of a registered version, with what became of it since."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from mlflow.exceptions import MlflowException

from models.registry import Registry, RegistryError
from training.card.pages import JSON, html, markdown
from training.runs import list_versions

if TYPE_CHECKING:
    from training.runs import VersionRow


def model_card(version_or_alias: str, uri: str | None = None, *, as_html: bool = False) -> str:
    """Return a version's card as Markdown or HTML, with its aliases, gates and promotions as of now.

    Raises
    ------
    RegistryError
        There is no such version, its run keeps no card, or the registry cannot be reached.

    """
    registry = Registry(uri)
    version = registry.resolve(version_or_alias)
    content = _content(registry, version.run_id, str(version.version))
    row = next(row for row in list_versions(uri) if row.version == str(version.version))
    standing: dict[str, Any] = {"version": row.version, "lines": standing_lines(row)}
    return (html if as_html else markdown)(content, standing)


def standing_lines(row: VersionRow) -> list[str]:
    """Return what became of a version, in sentences."""
    lines = []
    if row.aliases:
        lines.append(f"It is the {' and the '.join(row.aliases)}.")
    if row.gates == "passed":
        lines.append("It passed the gates.")
    if row.promoted_at is not None:
        lines.append(f"Promoted at {row.promoted_at}.")
    return [*lines, *row.remarks()]


def _content(registry: Registry, run_id: str, version: str) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        try:
            path = registry.client.download_artifacts(run_id, JSON, folder)
            found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
        except (MlflowException, OSError, ValueError) as error:
            message = f"version {version}: its run {run_id} keeps no {JSON}"
            raise RegistryError(message, hint="it was trained before there were cards; train again") from error
    return found
