"""From when on each activity type is observed: retention cliffs and missing files, found in the data.

Marketo deletes activities of some types after 90 days and of most others after 25 months, and a file that was not
fetched leaves a hole. Before a cliff or a hole nothing is known; a lead would seem to have done nothing. New Lead
is never deleted, so what begins much later than New Lead does was deleted, or was not recorded yet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from features.facts.clock import DAY, format_moment
from features.importers.marketo.types import NEW_LEAD, SHORT_KEPT, of_role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from features.facts.staging import Staging
    from features.importers.marketo.types import ActivityType

#: A silence counts as a hole or a cliff where this many active days would have been usual: three weeks of workdays
#: less a day. Chance does not bring it about, nor do the days around New Year, but a month without a file does.
UNLIKELY_DAYS = 14

#: How far a cliff may lie from the vendor's own periods, in days, to be called by their name.
_NEAR = 10
_MONTH, _OPENING = 31, 60
_PERIODS = ((90, "after 90 days"), (760, "after 25 months"))
_LONGEST_PERIOD_NOTED = 24


@dataclass(frozen=True)
class Silence:
    """No activity at all between two days (numbered from 1970-01-01), neither of them included."""

    after: int
    before: int

    @property
    def text(self) -> str:
        """The first and the last silent day."""
        return f"{_day(self.after + 1)} to {_day(self.before - 1)}"

    def overlaps(self, other: Silence) -> bool:
        """Tell whether the two share a day."""
        return self.after < other.before - 1 and other.after < self.before - 1


@dataclass
class Coverage:
    """First observed moment of each type by id, in microseconds, and of its cliff where there is one."""

    observed_from: dict[int, int] = field(default_factory=dict)
    cliffs: dict[int, int] = field(default_factory=dict)

    def since(self, numbers: Iterable[int]) -> int | None:
        """Return the latest moment from which all of the types are observed; None where none of them occurs."""
        return max((self.observed_from[each] for each in numbers if each in self.observed_from), default=None)


def find_coverage(staging: Staging, types: dict[int, ActivityType], until: int) -> Coverage:
    """Find from when on each type is observed, and note months, overlaps, holes and cliffs."""
    days: dict[int, list[int]] = {}
    firsts = dict[tuple[int, int], int]()
    for number, day, first in staging.rows(
        """SELECT type, epoch_us(happened) // 86_400_000_000 AS day, min(epoch_us(happened)) FROM activity
        WHERE happened IS NOT NULL GROUP BY ALL ORDER BY ALL"""
    ):
        days.setdefault(number, []).append(day)
        firsts[number, day] = first
    if not days:
        return Coverage()
    _note_months(staging)
    active = sorted({day for each in days.values() for day in each})
    holes = silences(active)
    opening = {end: min(first for (_, day), first in firsts.items() if day == end) for end in _ends(holes)}
    _note_holes(staging, holes)
    _note_end(staging, active, until)
    births = [days[number][0] for number in of_role(types, NEW_LEAD) if number in days]
    base = min(births, default=active[0])
    coverage = Coverage()
    for number, own in days.items():
        # Observation begins with the type's first activity, and again after each hole, of its own or of all types.
        begins = [firsts[number, own[0]]]
        begins += [opening[each.before] for each in holes if each.before > own[0]]
        own_holes = [each for each in silences(own) if not any(each.overlaps(hole) for hole in holes)]
        begins += [firsts[number, each.before] for each in own_holes]
        coverage.observed_from[number] = max(begins)
        silent = sum(each.before - each.after - 1 for each in holes if base <= each.after < own[0])
        if _is_cliff(types[number], own, own[0] - base - silent):
            coverage.cliffs[number] = begins[0]
    _note_cliffs(staging, types, coverage, until)
    return coverage


def _ends(holes: list[Silence]) -> list[int]:
    return [each.before for each in holes]


def silences(days: list[int]) -> list[Silence]:
    """Return the silences, in sorted active days, that are too long for chance.

    A month is missing of daily activity; activity once a fortnight proves nothing:

    >>> [each.text for each in silences([*range(0, 60), *range(90, 150)])]
    ['1970-03-02 to 1970-03-31']
    >>> silences(list(range(0, 400, 14)))
    []
    """
    pairs = [Silence(a, b) for a, b in pairwise(days) if b - a > 7]
    if not pairs:
        return []
    # The usual pace is that of the time outside of such silences.
    outside = days[-1] - days[0] + 1 - sum(each.before - each.after - 1 for each in pairs)
    if outside <= 7 * len(pairs):
        return []
    pace = len(days) / outside
    alone = len(days) / (days[-1] - days[0] + 1)
    # Bursts that are far apart look dense within: where silence is the rule, the pace over all is the usual one.
    usual = alone if len(pairs) > 3 else pace
    return [each for each in pairs if (each.before - each.after - 1) * usual >= UNLIKELY_DAYS]


def _is_cliff(kind: ActivityType, own: list[int], lag: int) -> bool:
    """Tell whether a type begins too late, by ``lag`` days, for chance at the pace that it begins with."""
    if lag <= _MONTH:
        return False
    early = sum(day < own[0] + _OPENING for day in own)
    return kind.kind in SHORT_KEPT or lag * early / _OPENING >= UNLIKELY_DAYS


def _note_months(staging: Staging) -> None:
    rows = staging.rows(
        """SELECT strftime(happened, '%Y-%m') AS month, count(*) FROM activity WHERE happened IS NOT NULL
        GROUP BY month ORDER BY month"""
    )
    shown = rows[-_LONGEST_PERIOD_NOTED:]
    before = f" (and {len(rows) - len(shown)} months before)" if len(shown) < len(rows) else ""
    files = staging.count("activity_files")
    listed = ", ".join(f"{month} {count:,}" for month, count in shown)
    staging.note(f"Activities by month, from {files} files, each counted once: {listed}{before}.")


def note_overlaps(staging: Staging) -> None:
    """Note which files cover the same time; call it before repeated activities are dropped."""
    spans = staging.rows(
        """SELECT name, epoch_us(min(happened)), epoch_us(max(happened))
        FROM activity JOIN activity_files USING (file) WHERE happened IS NOT NULL GROUP BY name ORDER BY 2, 3, 1"""
    )
    pairs = [(a, b) for a, b in pairwise(spans) if b[1] <= a[2]]
    if pairs:
        listed = ", ".join(
            f"{a[0]} and {b[0]} ({format_moment(b[1])[:10]} to {format_moment(min(a[2], b[2]))[:10]})"
            for a, b in pairs[:3]
        )
        more = f" and {len(pairs) - 3} more pairs" if len(pairs) > 3 else ""
        staging.note(f"Activity files that overlap in time: {listed}{more}.")


def _note_holes(staging: Staging, holes: list[Silence]) -> None:
    for each in holes:
        born = staging.count(
            "lead_book",
            f"epoch_us(created) >= {(each.after + 1) * DAY} AND epoch_us(created) < {each.before * DAY}",
        )
        staging.note(
            f"No activity of any type from {each.text}, though {born} leads were created then: a file seems to be "
            f"missing, with the merges and deletions of that time. All that leads did counts as unknown before "
            f"{_day(each.before)}; fetch that month too."
        )


def _note_end(staging: Staging, active: list[int], until: int) -> None:
    silent = until // DAY - active[-1]
    if silent > UNLIKELY_DAYS:
        staging.note(
            f"Activities end on {_day(active[-1])}, {silent} days before the end of the export: fetch the last "
            "months too, or leads will seem to have fallen silent."
        )


def _note_cliffs(staging: Staging, types: dict[int, ActivityType], coverage: Coverage, until: int) -> None:
    told = []
    for number, moment in sorted(coverage.cliffs.items(), key=lambda each: (-each[1], each[0])):
        age = (until - moment) / DAY
        why = next((words for days, words in _PERIODS if abs(age - days) <= _NEAR), "for whatever reason")
        older = staging.count("lead_book", f"epoch_us(created) < {moment}")
        told.append(f"{types[number].name} from {_day(moment // DAY)} ({why}; {older:,} leads are older)")
    if told:
        staging.note(
            f"Types that begin later than New Lead; what was before is unknown, not zero: {'; '.join(told)}."
        )
    short = [types[number].name for number in coverage.cliffs if until - coverage.cliffs[number] < 180 * DAY]
    behaviour = [each.name for each in types.values() if each.role is None and each.name in short]
    if behaviour:
        options = " ".join(f'--leave-out "{name}"' for name in sorted(behaviour))
        staging.note(
            "A row whose horizon has passed lies before most of these. Fetch the activities every month from "
            "today on, to keep what Marketo deletes; until then import again without these types, which blind "
            f"every measure taken over all kinds together: {options}"
        )


def _day(number: int) -> str:
    return format_moment(number * DAY)[:10]
