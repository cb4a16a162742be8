"""What people did, day by day, with the scores drawn over it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

from markupsafe import Markup

from features.facts.clock import DAY
from models.svg import element, text
from serving.pages.happened import MOST_EVENTS
from serving.pages.render import day, plural, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving.pages.happened import Happened

WIDTH, LEFT, RIGHT, LANE, PANEL = 860.0, 150.0, 14.0, 20.0, 84.0
#: Days that a picture goes back, and lanes that it has; what is rarer shares one.
SPAN, MOST_LANES = 180, 8
_SOFT = "#5a5f66"
#: Scores that have a line.
_TICKS = (0, 50, 100)


def timeline(
    events: Sequence[Happened],
    scores: Sequence[tuple[int, int, str]],
    verdicts: Sequence[tuple[int, str]],
    created_at: int | None,
    now: int,
) -> Markup | None:
    """Draw one lead: a lane for each kind of event, and above them the scores (moment, score, grade).

    None where there is nothing to draw.
    """
    if not events and not scores:
        return None
    first = min([e.at for e in events] + [s[0] for s in scores] + ([] if created_at is None else [created_at]))
    axis = _Axis(max(min(first, now - 14 * DAY), now - SPAN * DAY), now)
    shown = [e for e in events if e.at >= axis.begins]
    lanes = _lanes(Counter(e.kind for e in shown))
    parts = [*_panel(axis, scores), *_marks(axis, verdicts, PANEL + 12 + len(lanes) * LANE)]
    top = PANEL + 12
    for number, (name, kinds) in enumerate(lanes):
        own = [e.at for e in shown if e.kind in kinds]
        parts += _lane(axis, top + number * LANE, name, own)
    height = top + len(lanes) * LANE + 22
    parts += axis.months(height)
    since = day(axis.begins if len(events) < MOST_EVENTS else shown[0].at)
    said = f"{plural(len(shown), 'event')} since {since}"
    if scores:
        drawn = sum(at >= axis.begins for at, _, _ in scores)
        said += f"; {plural(drawn, 'score')} since {day(axis.begins)}"
        said += f", the last of all {scores[-1][1]} of 100, grade {scores[-1][2]}"
    return _svg("timeline", height, "Behaviour and scores over time", said + ".", parts)


def group_timeline(events: Sequence[Happened], people: Sequence[tuple[str, str]], now: int) -> Markup | None:
    """Draw an account: a lane for each person (id and name). None where nobody did anything."""
    if not events:
        return None
    axis = _Axis(max(min(events[0].at, now - 14 * DAY), now - SPAN * DAY), now)
    parts: list[Markup] = []
    for number, (lead_id, name) in enumerate(people):
        parts += _lane(axis, 8 + number * LANE, name, [e.at for e in events if e.lead_id == lead_id])
    height = 8 + len(people) * LANE + 22
    said = f"What {plural(len(people), 'person', 'people')} did since {day(axis.begins)}."
    return _svg("group", height, "Who did something when", said, [*parts, *axis.months(height)])


class _Axis:
    """From a moment to now, laid over the width."""

    def __init__(self, begins: int, now: int) -> None:
        self.begins, self.now = begins, max(now, begins + DAY)

    def x(self, at: int) -> float:
        share = (min(at, self.now) - self.begins) / (self.now - self.begins)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def months(self, height: float) -> list[Markup]:
        """Return a mark and a name for the first day of each month, of each Monday of a short time."""
        parts = []
        when = dt.datetime.fromtimestamp(self.begins / 1e6, dt.UTC).date() + dt.timedelta(days=1)
        weekly = self.now - self.begins < 60 * DAY
        while (
            at := int(dt.datetime(when.year, when.month, when.day, tzinfo=dt.UTC).timestamp() * 1e6)
        ) < self.now:
            if (when.weekday() == 0) if weekly else (when.day == 1):
                x = self.x(at)
                parts.append(_line(x, 4, x, height - 18, "grid"))
                if x < WIDTH - 44:
                    name = f"{when:%-d %b}" if weekly else f"{when:%b %Y}" if when.month == 1 else f"{when:%b}"
                    parts.append(text(x + 3, height - 5, name, size=11, fill=_SOFT))
            when += dt.timedelta(days=1)
        return parts


def _panel(axis: _Axis, scores: Sequence[tuple[int, int, str]]) -> list[Markup]:
    def y(score: float) -> float:
        return 8 + (PANEL - 16) * (1 - score / 100)

    parts = [text(LEFT - 40, y(50) + 4, "score", size=12, anchor="end")]
    parts += [
        text(LEFT - 8, y(value) + 4, str(value), size=11, anchor="end", fill=_SOFT) for value in (0, 50, 100)
    ]
    parts += [_line(LEFT, y(value), WIDTH - RIGHT, y(value), "grid") for value in _TICKS]
    inside = [one for one in scores if one[0] >= axis.begins]
    before = [score for at, score, _ in scores if at < axis.begins][-1:]
    if not (inside or before):
        return parts
    # A score of before holds until the next; it has no dot, since its day is not in the picture.
    steps = [(axis.x(axis.begins), y(score)) for score in before]
    for at, score, _ in inside:
        if steps:
            steps.append((axis.x(at), steps[-1][1]))
        steps.append((axis.x(at), y(score)))
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in [*steps, (axis.x(axis.now), steps[-1][1])])
    parts.append(element("polyline", points=path, **{"class": "score"}))
    for at, score, grade in inside:
        told = element("title", f"{day(at)}: {score} of 100, grade {grade}")
        parts.append(element("circle", told, cx=axis.x(at), cy=y(score), r=3.6, **{"class": "score-dot"}))
    return parts


def _marks(axis: _Axis, verdicts: Sequence[tuple[int, str]], bottom: float) -> list[Markup]:
    parts = []
    for at, verdict in verdicts:
        if at >= axis.begins:
            x = axis.x(at)
            parts.append(_line(x, 4, x, bottom, "verdict"))
            anchor = "end" if x > WIDTH / 2 else "start"
            parts.append(text(x + (-4 if anchor == "end" else 4), 14, verdict, size=11, anchor=anchor))
    return parts


def _lanes(counted: Counter[str]) -> list[tuple[str, set[str]]]:
    often = [kind for kind, _ in sorted(counted.items(), key=lambda one: (-one[1], one[0]))]
    if len(often) > MOST_LANES:
        own, rest = often[: MOST_LANES - 1], often[MOST_LANES - 1 :]
        return [*((kind.replace("_", " "), {kind}) for kind in own), (f"{len(rest)} other kinds", set(rest))]
    return [(kind.replace("_", " "), {kind}) for kind in often]


def _lane(axis: _Axis, top: float, name: str, moments: Sequence[int]) -> list[Markup]:
    middle = top + LANE / 2
    parts = [text(LEFT - 8, middle + 4, short(name, 22), size=12, anchor="end")]
    parts.append(_line(LEFT, middle, WIDTH - RIGHT, middle, "grid"))
    days = Counter(at // DAY for at in moments if at >= axis.begins)
    for number, count in sorted(days.items()):
        at = max(axis.begins, number * DAY + DAY // 2)
        told = element("title", f"{day(at)}: {count} × {short(name)}")
        size = min(3.2 + 1.1 * (count - 1), 7.0)
        parts.append(element("circle", told, cx=axis.x(at), cy=middle, r=size, **{"class": "event"}))
    return parts


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **{"class": kind})


def _svg(key: str, height: float, title: str, said: str, parts: list[Markup]) -> Markup:
    told = [element("title", title, id=f"{key}-title"), element("desc", said, id=f"{key}-desc")]
    return element(
        "svg",
        Markup().join([*told, *parts]),
        viewBox=f"0 0 {WIDTH:g} {height:g}",
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
        **{"class": "picture"},
    )
