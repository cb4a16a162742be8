"""What training left of a version for people to read: its model card, and what the duel said of the card."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from features.errors import LeadQualityError

if TYPE_CHECKING:
    from models.registry import Registry

#: Files of a version's run.
MODEL_CARD, DUEL, RULES = "model_card.html", "duel.json", "card_rules.json"


@dataclass(frozen=True)
class Papers:
    """The model card as HTML, the duel, and each rule's verdict by its name; empty where there is none."""

    model_card: str = ""
    duel: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)


NO_PAPERS = Papers()


def read_papers(registry: Registry, version: str) -> Papers:
    """Return a version's papers; what its run does not hold, or cannot be read now, is left out."""
    try:
        run_id = registry.resolve(version).run_id
    except LeadQualityError:
        return NO_PAPERS
    duel, rules = _json(_text(registry, run_id, DUEL)), _json(_text(registry, run_id, RULES))
    by_name = {rule["rule"]: rule for rule in rules.get("rules", []) if isinstance(rule, dict) and "rule" in rule}
    return Papers(_text(registry, run_id, MODEL_CARD), duel, by_name)


def _text(registry: Registry, run_id: str, name: str) -> str:
    from mlflow.exceptions import MlflowException  # noqa: PLC0415 - takes seconds to import

    with TemporaryDirectory() as folder:
        try:
            return Path(registry.client.download_artifacts(run_id, name, folder)).read_text(encoding="utf-8")
        except (MlflowException, OSError, ValueError):
            return ""


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
