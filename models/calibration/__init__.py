"""From a model's total to a probability that can be bet on: a line, a bent curve, or Venn-Abers' steps.

All are immutable, know the ``kind`` under which they are written as JSON, never fall as the total rises (a line
has the sign that was fitted), and take weights of rows when they are fitted.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Tag, TypeAdapter

from models.calibration.band import VennAbersBand
from models.calibration.beta import BetaCurve
from models.calibration.line import LogitLine
from models.calibration.log_odds import from_log_odds
from models.calibration.venn_abers import VennAbers

__all__ = [
    "BetaCurve",
    "Calibration",
    "LogitLine",
    "VennAbers",
    "VennAbersBand",
    "from_log_odds",
    "read_calibration",
]


def _kind(value: object) -> str:
    """Return the kind; models trained before there were others say nothing and have a line."""
    found = value.get("kind", "line") if isinstance(value, dict) else getattr(value, "kind", "line")
    return str(found)


Calibration = LogitLine | BetaCurve | VennAbers

_ADAPTER: TypeAdapter[Calibration] = TypeAdapter(
    Annotated[
        Annotated[LogitLine, Tag("line")]
        | Annotated[BetaCurve, Tag("beta")]
        | Annotated[VennAbers, Tag("venn_abers")],
        Discriminator(_kind),
    ]
)


def read_calibration(json: str) -> Calibration:
    """Read a calibration of any kind from its JSON.

    Raises
    ------
    ValueError
        It is no JSON, of no known kind, or its numbers do not fit.

    """
    return _ADAPTER.validate_json(json)
