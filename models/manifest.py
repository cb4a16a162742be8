"""What a model says of itself beside its trees: where it came from, and the leads that its scale refers to."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

FORMAT_VERSION = 1


class AttributeEntry(BaseModel):
    """An attribute that a model's data has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entity: Literal["lead", "account"]
    name: str
    type: Literal["number", "category"]


class Scale(BaseModel):
    """What a model keeps of the reference leads, the latest matured rows before its test period.

    ``cuts`` are the least probabilities of A, B and C, at the shares of leads to which the card gives these
    grades; ``quantiles`` the probabilities' quantiles at 0, 0.5, ..., 100 %, for the 0-100 score;
    ``points_per_log_odds`` the ratio of the standard deviations of the card's points and the model's log-odds,
    so that both totals spread equally over the same leads.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cuts: tuple[float, float, float]
    quantiles: tuple[float, ...]
    points_per_log_odds: float


class Manifest(BaseModel):
    """Where a model came from; ``details`` holds the training specification, split and figures.

    ``lexicon`` is the digest of the words by which texts were read, where features read any.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT_VERSION
    trained_at: str
    horizon: int
    dataset_digest: str
    kinds: tuple[str, ...]
    observed_from: dict[str, int]
    attributes: tuple[AttributeEntry, ...]
    lexicon: str = ""
    details: dict[str, Any] = {}
