"""Which points a card can give at all, and the grades, numbers and marks that lie beyond them.

Rules on one attribute that exclude each other (two texts, two ranges) are never added up; rules on behaviour are
taken to be free of each other, so that what is called unreachable truly is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.card.check.fault import Finding
from models.card.check.sums import Sums
from models.card.words import points_words, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.card.check.draft import Draft
    from models.card.check.fault import Path


def reach_findings(draft: Draft) -> Iterator[Finding]:
    """Yield the grades and cells that no lead can reach, or that all do, and a mark for qualified of that sort."""
    if not draft.rules:
        return
    limit = _beyond(draft)
    axes = {axis: _axis(draft, axis, limit) for axis in draft.card.axes}
    fit, engagement = axes["fit"], axes["engagement"]
    grid = draft.card.grid
    if grid is not None and "grid" not in draft.broken:
        if fit is not None:
            yield from _steps(("grid", "fit"), "ABC", grid.fit.as_tuple(), fit, "letter", "fit")
        if engagement is not None:
            numbers = grid.engagement.as_tuple()
            yield from _steps(("grid", "engagement"), "123", numbers, engagement, "number", "engagement")
    if fit is None or engagement is None or "cap" in draft.broken:
        return
    total = fit.plus(engagement)
    if draft.card.cap is not None:
        total = total.capped(draft.card.cap)
    if "grades" not in draft.broken:
        yield from _steps(("grades",), "ABC", draft.card.grades.as_tuple(), total, "grade", "")
    if "qualified" not in draft.broken:
        yield from _qualified(draft, total)


def _axis(draft: Draft, axis: str, limit: int) -> Sums | None:
    """Return the points that an axis can give; None where a part of it could not be understood."""
    if axis in draft.broken:
        return None
    sums = Sums.of([placed.rule for placed in draft.rules if placed.axis == axis], limit)
    cap = draft.card.axes[axis].cap
    return sums if cap is None else sums.capped(cap)


def _beyond(draft: Draft) -> int:
    """Return points so high that it no longer matters how much higher a rule without limit goes."""
    card = draft.card
    cuts = [*card.grades.as_tuple(), card.qualified, card.cap or 0]
    if card.grid is not None:
        cuts += [*card.grid.fit.as_tuple(), *card.grid.engagement.as_tuple()]
    return max(map(abs, cuts)) + sum(abs(placed.rule.points) + abs(placed.rule.cap or 0) for placed in draft.rules)


def _steps(
    path: Path, names: str, cuts: tuple[int, int, int], sums: Sums, what: str, axis: str
) -> Iterator[Finding]:
    points = f"{axis} points".strip()
    above: int | None = None
    for name, cut in zip(names, cuts, strict=True):
        if cut > sums.most:
            yield Finding(
                (*path, name),
                f"{what} {name} cannot be reached: it begins at {signed(cut)} {points}, and rules and "
                f"caps give at most {signed(sums.most)}",
                f"lower it to {signed(sums.most)} or less, or give more points",
            )
        elif not sums.between(cut, above):
            upper = "" if above is None or above == cut + 1 else f" to {signed(above - 1)}"
            hint = "move it, or the one above it"
            yield Finding(
                (*path, name),
                f"{what} {name} cannot be reached: no rules add up to {signed(cut)}{upper} {points}",
                hint,
            )
        above = cut
    last = chr(ord(names[-1]) + 1)
    if not sums.between(None, cuts[-1]):
        what = f"{what} {last} cannot be reached: every lead has at least {signed(sums.least)} {points}"
        yield Finding((*path, names[-1]), what, f"raise {names[-1]}, if some leads should be {last}", "warning")


def _qualified(draft: Draft, total: Sums) -> Iterator[Finding]:
    qualified = draft.card.qualified
    if qualified > total.most:
        what = f"no lead can qualify: it takes {points_words(qualified)}, and rules and caps give at most"
        yield Finding(
            ("qualified",),
            f"{what} {signed(total.most)}",
            f"lower it to {signed(total.most)} or less, or give more points",
        )
    elif qualified <= total.least:
        what = f"every lead qualifies: all have at least {points_words(total.least)}"
        yield Finding(("qualified",), what, "raise it", "warning")
    elif "grades" not in draft.broken and qualified < draft.card.grades.C:
        what = f"leads of grade D qualify: it takes {points_words(qualified)}, and C begins at"
        yield Finding(("qualified",), f"{what} {signed(draft.card.grades.C)}", "raise it, or lower C", "warning")
