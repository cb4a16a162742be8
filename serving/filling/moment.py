"""The moment as of which the ledger is scored."""

from __future__ import annotations

from features.errors import ConfigError
from features.facts.clock import parse_moment


def read_as_of(text: str, now: int) -> int:
    """Return ``--as-of`` in microseconds, checked against the clock, ``now``.

    Raises
    ------
    ConfigError
        It is no moment, or lies before 1970 or in the future.

    """
    if text == "now":
        return now
    try:
        moment = parse_moment(text)
    except ValueError:
        raise ConfigError(f"--as-of {text!r}: not an ISO 8601 moment", hint="as in 2026-03-01, or now") from None
    if moment < 0:
        raise ConfigError(f"--as-of {text}: lies before 1970")
    if moment > now:
        raise ConfigError(f"--as-of {text}: lies in the future", hint="leave it out to score as of now")
    return moment
