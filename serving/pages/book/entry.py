"""One lead as a list shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import orjson

from features.facts.clock import DAY

if TYPE_CHECKING:
    from serving.ledger.facts import Verdict

#: A lead's trend is held against its score so long ago (microseconds): a rep looks at a list once a week or more.
WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Score:
    """What was answered; ``points``, ``points_grade`` and ``agree`` are None without a card."""

    receipt_id: str
    as_of: int
    status: str
    probability: float
    score: int
    grade: str
    points: int | None
    points_grade: str | None
    agree: bool | None
    reason: str
    version: str

    @classmethod
    def of(cls, receipt_id: str, as_of: int, version: str, answer: str) -> Self:
        """Read a receipt's answer."""
        told = orjson.loads(answer)
        return cls(
            receipt_id,
            as_of,
            told["status"],
            told["probability"],
            told["score"],
            told["grade"],
            told["points"],
            told["points_grade"],
            told["agree"],
            told["reason_1"],
            version,
        )


@dataclass(slots=True)
class Entry:
    """A lead: its newest score, earlier ones to tell the trend by, and what is shown beside them.

    ``earlier`` holds moment and score of those before, the oldest first: of those more than a week before the
    newest only the last is kept. Moments are microseconds, None where nothing was told.
    """

    lead_id: str
    score: Score | None = None
    earlier: list[tuple[int, int, str]] = field(default_factory=list)
    account_id: str | None = None
    created_at: int | None = None
    known_at: int = -1
    attributes: dict[str, str | None] = field(default_factory=dict)
    last_touch: int | None = None
    last_kind: str = ""
    verdict: Verdict | None = None
    verdict_at: int = -1
    has_opportunity: bool = False

    def take(self, score: Score) -> None:
        """Take a score in: the newest by the moment that it is of, so that a replay of the past is none."""
        now = self.score
        if now is None or score.as_of >= now.as_of:
            if now is not None and now.receipt_id != score.receipt_id:
                self._remember(now)
            self.score = score
        elif score.receipt_id != now.receipt_id:
            self._remember(score)
        if self.score is not None:
            old = [i for i, (as_of, _, _) in enumerate(self.earlier) if as_of <= self.score.as_of - WEEK]
            del self.earlier[: max(0, len(old) - 1)]

    def _remember(self, score: Score) -> None:
        one = (score.as_of, score.score, score.version)
        if one not in self.earlier:
            self.earlier.append(one)
            self.earlier.sort()

    @property
    def trend(self) -> int | None:
        """How far the score moved in a week, or since the first of less than a week; None of a single score.

        Another model's scores are no trend: what moved would be the model.
        """
        if self.score is None:
            return None
        same = [(as_of, score) for as_of, score, version in self.earlier if version == self.score.version]
        return self.score.score - same[0][1] if same else None

    @property
    def state(self) -> str:
        """What sales decided, ``new`` where nothing was."""
        return self.verdict or "new"
