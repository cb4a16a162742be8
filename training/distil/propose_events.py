"""Candidate rules on what people did and on what became of the account's opportunities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.language.behaviour import ACCOUNT_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Windows, counts and ages that people use on cards; what nearly nobody or everybody meets falls away later.
WINDOWS = ("7d", "30d", "90d", "all")
COUNTS = (1, 2, 3, 5, 10, 20, 50, 100)
DAYS = (2, 3, 5, 10, 20)
AGES = (7.0, 30.0)


def event_candidates(kinds: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield conditions on each kind of events and on all together, plainest first, as keys of a rule."""
    for kind in kinds:
        yield from _counted({"event": kind}, COUNTS)
        for window in ("30d", "90d"):
            yield from ({"event": kind, "distinct_days": days, "within": window} for days in DAYS)
        yield from ({"event": kind, "days_since": (None, age)} for age in AGES)
        for window in ("30d", "90d"):
            yield from (
                {"event": kind, "who": "colleagues", "at_least": count, "within": window} for count in (1, 3)
            )
    if len(kinds) > 1:
        together = list(kinds)
        for window in ("7d", "30d", "90d"):
            yield from ({"event": together, "distinct_days": days, "within": window} for days in DAYS)
        yield from ({"event": together, "days_since": (None, age)} for age in AGES)
        yield {"event": together, "who": "colleagues", "within": "30d"}


def account_candidates() -> Iterator[dict[str, Any]]:
    """Yield conditions on the account's earlier opportunities."""
    for outcome in ACCOUNT_KINDS:
        yield {"account": outcome}
        yield {"account": outcome, "at_least": 2}


def _counted(about: dict[str, Any], counts: Sequence[int]) -> Iterator[dict[str, Any]]:
    for window in WINDOWS:
        for count in counts:
            said = {"at_least": count} if count > 1 else {}
            yield about | said | {"within": window}
