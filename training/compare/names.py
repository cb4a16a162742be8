"""What the name of a scorer stands for: a card, or a registered version and the dataset that it was trained on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import models
from features.errors import ConfigError
from models.card import read_card
from training.material import shipped

if TYPE_CHECKING:
    from models.lead_model import LeadModel
    from models.registry import Registry


def is_card(name: str) -> bool:
    """Tell whether a name is a card's file, or that of a shipped card, rather than a version or alias."""
    inside = Path(models.__file__).parent / "cards" / f"{name}.yaml"
    return name.endswith((".yaml", ".yml")) or inside.is_file()


def label_of(name: str, model: LeadModel | None) -> str:
    """Return how tables call a scorer: by its version, or by the card's name and digest."""
    if model is not None:
        return f"version {model.version}"
    return f"card {read_card(shipped('cards', name)).label}"


def dataset_path(registry: Registry, version: str) -> Path:
    """Return the folder of the dataset that a version was trained on.

    Raises
    ------
    ConfigError
        The version does not say.

    """
    tags = registry.resolve(version).tags
    if "dataset.path" not in tags:
        message = f"version {version} does not say which dataset it was trained on"
        raise ConfigError(message, hint="name a dataset")
    return Path(tags["dataset.path"])
