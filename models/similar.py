"""What became of past leads like one: counted by grade, and by grade and segment."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

#: A grade and segment with fewer past leads than this says less than the grade alone.
FEWEST_LEADS = 20


class Counted(BaseModel):
    """How many leads there were, and how many of them became opportunities within the horizon."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grade: str
    segment: str | None = None
    leads: int
    became: int


class SimilarLeads(BaseModel):
    """Past leads by grade and, for one category feature, by grade and segment.

    Each lead counts once, as it stood at one look drawn among those that were planned: a lead that is looked at
    seven times is one lead. ``feature`` names the category; a lead whose value is unknown is in its grade alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    horizon_days: float
    feature: str | None = None
    label: str = ""
    grades: tuple[Counted, ...]
    segments: tuple[Counted, ...] = ()


class Similar(NamedTuple):
    """The past leads like one: how many, how many became opportunities, and the sentence."""

    leads: int
    became: int
    said: str


def find_similar(past: SimilarLeads, grade: str, segment: str | None) -> Similar:
    """Return the past leads of the grade and segment, or of the grade alone where those are too few."""
    for counted in past.segments:
        if (counted.grade, counted.segment) == (grade, segment) and counted.leads >= FEWEST_LEADS:
            return _say(past, counted)
    for counted in past.grades:
        if counted.grade == grade:
            return _say(past, counted)
    return Similar(0, 0, f"no past lead had grade {grade}")


def _say(past: SimilarLeads, counted: Counted) -> Similar:
    like = f"grade {counted.grade}"
    if counted.segment is not None:
        like += f", {past.label}: {counted.segment}"
    leads = f"{counted.leads:,} similar past lead{'' if counted.leads == 1 else 's'}"
    became = f"{counted.became:,} became {'an opportunity' if counted.became == 1 else 'opportunities'}"
    return Similar(
        counted.leads, counted.became, f"of {leads} ({like}) {became} within {past.horizon_days:g} days"
    )
