"""One lead as a list shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from sys import intern
from typing import TYPE_CHECKING, Self

import orjson

from features.facts.clock import DAY
from serving.pages.book.label import NO_LABEL, Label

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
        grade = told["points_grade"]
        # A hundred thousand leads share a few grades, and their first reasons are often the same.
        return cls(
            receipt_id,
            as_of,
            intern(told["status"]),
            told["probability"],
            told["score"],
            intern(told["grade"]),
            told["points"],
            grade if grade is None else intern(grade),
            told["agree"],
            intern(told["reason_1"]),
            intern(version),
        )


@dataclass(slots=True, eq=False)
class Entry:
    """A lead: its newest score, earlier ones to tell the trend by, and what is shown beside them.

    ``earlier`` holds moment, score and version of those before, the oldest first: of those a week or more before
    the newest only each version's last is kept. ``told`` are the attributes that are shown; ``listed``,
    ``counted`` and ``place`` are the listing's. Moments are microseconds, None where nothing was told.
    """

    lead_id: str
    score: Score | None = None
    earlier: list[tuple[int, int, str]] = field(default_factory=list)
    account_id: str | None = None
    created_at: int | None = None
    known_at: int = -1
    told: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    label: Label = NO_LABEL
    last_touch: int | None = None
    last_kind: str = ""
    verdict: Verdict | None = None
    verdict_at: int = -1
    has_opportunity: bool = False
    listed: float | None = None
    counted: tuple[str, str] = ("", "")
    place: int = -1

    def needs(self, as_of: int, version: str) -> bool:
        """Tell whether a model version's score of a moment can matter, before it is read."""
        begins = as_of if self.score is None else self.score.as_of - WEEK
        return as_of >= begins or not any(as_of < at <= begins and v == version for at, _, v in self.earlier)

    def take(self, score: Score) -> None:
        """Take a score in: the newest by the moment that it is of, so that a replay of the past is none.

        In whatever order scores are taken, the same is known at the end.
        """
        now = self.score
        if now is None or score.as_of >= now.as_of:
            if now is not None and now.receipt_id != score.receipt_id:
                self._remember(now)
            self.score = now = score
        elif score.receipt_id != now.receipt_id:
            self._remember(score)
        begins = now.as_of - WEEK
        # A rollback brings an earlier version's trend back, so that each version keeps its own.
        last = {version: one for one in self.earlier if (version := one[2]) and one[0] <= begins}
        if sum(one[0] <= begins for one in self.earlier) > len(last):
            self.earlier = sorted({*last.values(), *(one for one in self.earlier if one[0] > begins)})

    def _remember(self, score: Score) -> None:
        one = (score.as_of, score.score, score.version)
        if one not in self.earlier:
            self.earlier.append(one)
            self.earlier.sort()

    @property
    def before(self) -> tuple[int, int] | None:
        """Moment and score that the newest is held against: of a week ago, or the first of less than a week.

        Another model's scores are no trend, since what moved would be the model; nor is one of the same moment.
        """
        if self.score is None:
            return None
        same = ((at, score) for at, score, version in self.earlier if version == self.score.version)
        return next((one for one in same if one[0] < self.score.as_of), None)

    @property
    def trend(self) -> int | None:
        """How far the score moved since :attr:`before`, None where there is nothing to hold it against."""
        before = self.before
        return None if before is None or self.score is None else self.score.score - before[1]
