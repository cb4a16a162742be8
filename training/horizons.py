"""Which horizons can be asked for: with dates a day at least, further ones once each and five years at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import ConfigError
from features.facts.clock import DAY, parse_duration

if TYPE_CHECKING:
    from training.spec import TrainingSpec

#: The least that a horizon can be where the data have dates, and the most that a further one can be, in days.
LEAST, MOST = 1, 5 * 365.25


def distinct_horizons(values: list[str | float]) -> list[str | float]:
    """Return further horizons as given; each a duration.

    Raises
    ------
    ValueError
        One stands twice, or is longer than five years.

    """
    seen: dict[int, str | float] = {}
    for value in values:
        length = parse_duration(value, where="horizons")
        if length > MOST * DAY:
            raise ValueError(f"{value!r} is longer than 5 years; expected {LEAST}d to 5 years, as in 180d")
        if length in seen:
            raise ValueError(f"{value!r} repeats {seen[length]!r}; expected each horizon once")
        seen[length] = value
    return values


def check_horizons(spec: TrainingSpec) -> None:
    """Refuse horizons below a day; for data with dates, since others' times are no more than an order.

    Raises
    ------
    ConfigError
        One is shorter; the message names its key.

    """
    for key, value in (("horizon", spec.horizon), *(("horizons", value) for value in spec.horizons)):
        if parse_duration(value, where=key) < LEAST * DAY:
            raise ConfigError(
                f"the training specification: {key}: {value!r} is shorter than a day; expected {LEAST}d or more",
                hint="as in horizon: 90d, or --horizon 90d",
            )
