"""The gates' thresholds, read from commented YAML; ``training/gates/default.yaml`` is their manual."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from features.yaml_files import read_model, read_yaml

DEFAULT = Path(__file__).parent / "default.yaml"
_MANUAL = "see training/gates/default.yaml"


class Strict(BaseModel):
    """Base of the file's parts: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BetterOrNotWorse(Strict):
    """Whether the version must be clearly better, or only not clearly worse."""

    require: Literal["not_worse", "better"]


class Bounds(Strict):
    """Where a figure must lie itself, and into which bounds its interval must reach."""

    figure: tuple[float, float]
    reach: tuple[float, float]

    @field_validator("figure", "reach")
    @classmethod
    def _is_a_range(cls, ends: tuple[float, float]) -> tuple[float, float]:
        if not ends[0] < ends[1]:
            raise ValueError(f"from {ends[0]:g} to {ends[1]:g} holds nothing")
        return ends


class Calibration(Strict):
    """Bounds on the calibration slope and on opportunities seen per one predicted."""

    slope: Bounds
    seen_per_expected: Bounds


class WorstSegment(Strict):
    """From how many opportunities on a segment counts."""

    fewest_opportunities: int = Field(ge=1)


class Churn(Strict):
    """The largest share of open leads that may change grade, from a champion and from a card."""

    most: float = Field(ge=0, le=1)
    most_from_card: float = Field(ge=0, le=1)


class Leaks(Strict):
    """Whether the leak guard's record is asked for."""

    required: bool


class Reasons(Strict):
    """On how many of the held-out rows additivity is checked."""

    rows: int = Field(ge=1)


class EnoughData(Strict):
    """The fewest leads with an opportunity learnt from, in all and per group of features used."""

    fewest_opportunities: int = Field(ge=0)
    events_per_variable: float = Field(ge=0)


class Thresholds(Strict):
    """All gates' thresholds."""

    version: Literal[1]
    better_or_not_worse: BetterOrNotWorse
    calibration: Calibration
    worst_segment: WorstSegment
    churn: Churn
    leaks: Leaks
    reasons: Reasons
    enough_data: EnoughData


def read_thresholds(path: Path | None = None) -> Thresholds:
    """Read a file of thresholds, or the shipped one.

    Raises
    ------
    ConfigError
        The file is missing, is not YAML, or a key or value does not fit; the message names file and key.

    """
    where = path or DEFAULT
    content = read_yaml(where, wanted="the gates' thresholds in YAML", hint=_MANUAL)
    return read_model(content, Thresholds, where=str(where), hint=_MANUAL)
