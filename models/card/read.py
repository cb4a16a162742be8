"""Reading a card's YAML; a signed one only as it was signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import ConfigError
from features.yaml_files import read_model, read_yaml
from models.card.card import PointCard
from models.card.letters import hidden_letters

if TYPE_CHECKING:
    from pathlib import Path

MANUAL = "see models/cards/b2b_example.yaml"


def read_card(path: Path) -> PointCard:
    """Read a card's YAML.

    Raises
    ------
    ConfigError
        The file is missing, is not YAML, a rule cannot be understood, or a signed card was changed; the message
        names file and key. ``leadquality card check`` tells all faults at once, with their lines.

    """
    content = read_yaml(path, wanted="a point card in YAML", hint=MANUAL)
    card = read_model(content, PointCard, where=str(path), hint=f"leadquality card check {path}")
    for key, found in hidden_letters(card.model_dump(by_alias=True)):
        raise ConfigError(f"{path}: {'.'.join(map(str, key))}: holds {found}", hint="take it out")
    check_signature(card, str(path))
    return card


def check_signature(card: PointCard, where: str) -> None:
    """Refuse a signed card whose meaning is no longer what was signed.

    Raises
    ------
    ConfigError
        The digest of the signature is not that of the card.

    """
    if card.signed is not None and card.signed.digest != card.digest:
        signers = " and ".join(card.signed.by)
        message = f"{where}: signed on {card.signed.on} by {signers} as {card.signed.digest[:8]}, "
        raise ConfigError(
            f"{message}but it now says something else ({card.digest[:8]}): a signed card cannot change",
            hint=f"undo the change, or give the new card a file of its own with replaces: "
            f"{card.name}@{card.signed.digest[:8]} under agreed and no signed block",
        )
