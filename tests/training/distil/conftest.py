"""A simulated market whose outcomes are drawn from a card of five rules, and a card distilled from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.null_test import drawn_from_card
from features.simulation import import_simulated
from training.distil import Distilled, distil_card
from training.material import gather
from training.spec import TrainingSpec, read_spec

if TYPE_CHECKING:
    from training.material import Material

PLANTED = Path(__file__).parent / "planted.yaml"


@dataclass(frozen=True)
class PlantedMarket:
    spec: TrainingSpec
    #: With the planted card as the agreed one, and without any.
    told: Material
    untold: Material


@pytest.fixture(scope="session")
def market(tmp_path_factory) -> PlantedMarket:
    folder = tmp_path_factory.mktemp("distil") / "data"
    spec = read_spec(
        "default", card=str(PLANTED), backtest={"folds": 0}, model={"n_estimators": 40}, labels="mature"
    )
    told = drawn_from_card(gather(import_simulated(4000, 5, folder), spec), spec.horizon_us, seed=3)
    return PlantedMarket(spec, told, replace(told, card=None))


@pytest.fixture(scope="session")
def found(market) -> Distilled:
    return distil_card(market.untold, market.spec, rules=7)
