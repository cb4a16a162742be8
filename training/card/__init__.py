"""The model card of a version: what it was made of, how good it is, and where it must not be used.

Everything on it is computed from the training; ``model_card.json`` holds it, and the pages are made of that.
"""

from training.card.content import card_content
from training.card.pages import card_files

__all__ = ["card_content", "card_files"]
