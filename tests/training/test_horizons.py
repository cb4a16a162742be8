"""With dates no horizon is below a day; without, durations are no more than an order."""

from __future__ import annotations

import pytest

from features.errors import ConfigError
from training.horizons import check_horizons
from training.spec import TrainingSpec


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (TrainingSpec(horizon="23h"), "horizon: '23h'"),
        (TrainingSpec(horizon=0.5), "horizon: 0.5"),
        (TrainingSpec(horizons=["30d", "2h"]), "horizons: '2h'"),
    ],
)
def test_below_a_day_is_an_error_that_names_the_key(spec, said):
    with pytest.raises(ConfigError, match=f"the training specification: {said} is shorter than a day") as caught:
        check_horizons(spec)
    assert "expected 1d or more" in caught.value.message
    assert "90d" in caught.value.hint


def test_a_day_is_long_enough():
    check_horizons(TrainingSpec(horizon="1d", horizons=["24h"]))
