"""What the shipped example card is called; its label follows its meaning."""

from __future__ import annotations

from models.card import read_card
from training.material import shipped

EXAMPLE = f"card {read_card(shipped('cards', 'b2b_example')).label}"
