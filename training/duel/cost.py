"""What the present definition costs a quarter, and the one sentence that says it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from training.comparison import Estimate
from training.duel.rounding import show, step_of

if TYPE_CHECKING:
    from training.duel.measures import Part

#: Weeks in a quarter.
QUARTER = 13

#: A duel that holds a larger share of the open leads than this holds all that matter.
ALL_OF_THEM = 0.995

Money = dict[str, Estimate]
_MONEY = {"pipeline": "pipeline value", "revenue": "won revenue"}


@dataclass(frozen=True)
class Cost:
    """What calling the present definition's picks (``b``) loses a quarter beside the other's (``a``).

    ``opportunities``, ``pipeline`` and ``revenue`` are ``a`` minus ``b``, ``to_nothing`` is ``b`` minus ``a``:
    above 0 the present definition is the worse. Money is in the data's own, None where there are no amounts.
    ``verdict`` is by the interval of the opportunities: "costs" where it lies above 0, "better" where it lies
    below, "unclear" where it holds 0, and "untold" where the capacity reaches everybody. ``sentence`` says it.
    """

    weeks: int
    opportunities: Estimate
    pipeline: Estimate | None
    revenue: Estimate | None
    to_nothing: Estimate
    verdict: Literal["costs", "unclear", "better", "untold"]
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def work_out(part: Part, weeks: int, a: str, b: str, capacity: int, *, untold: bool, held: float = 1.0) -> Cost:
    """Return the cost of ``b``; ``a`` and ``b`` are their names as subjects, ``untold`` that all were called.

    ``held`` is the share of open leads that the duel holds: calls that a team makes on all its leads go less deep.
    """
    share = QUARTER / weeks
    gaps = {name: times(measure.difference, share) for name, measure in part.measures.items()}
    wasted = times(part.measures["to_nothing"].difference, -share)
    found = gaps["found"]
    verdict: Literal["costs", "unclear", "better", "untold"] = "unclear"
    if untold:
        verdict = "untold"
    elif found.low * found.high > 0:
        verdict = "costs" if found.low > 0 else "better"
    money: Money = {name: gaps[name] for name in ("pipeline", "revenue") if name in gaps}
    among = "" if held > ALL_OF_THEM else f" among the {held:.0%} of open leads that this duel holds"
    if verdict == "untold":
        said = _untold(a, b, capacity)
    elif verdict == "costs":
        said = _costs(a, b, f"{capacity:,} leads a week{among}", found, wasted, money)
    elif verdict == "better":
        said = _better(a, b, f"{capacity:,} calls a week{among}", found)
    else:
        said = _unclear(a, b, f"{capacity:,} calls a week{among}", found, wasted, money)
    return Cost(weeks, found, gaps.get("pipeline"), gaps.get("revenue"), wasted, verdict, said)


def _costs(a: str, b: str, calls: str, found: Estimate, wasted: Estimate, money: Money) -> str:
    lost = [_lost(name, gap) for name, gap in money.items()]
    return (
        f"Calling the picks of {b} instead of those of {a}, {calls}, costs about "
        f"{_opportunities(_amount(found, 0.1))} a quarter (95 % interval {_ends(found, 0.1)})"
        + "".join(lost)
        + _wasted(wasted)
        + "."
    )


def _unclear(a: str, b: str, calls: str, found: Estimate, wasted: Estimate, money: Money) -> str:
    step = step_of(found.low, found.high, 0.1)
    gap = show(abs(found.value), step)
    way = "fewer" if found.value > 0 else "more"
    counts = f"{_opportunities(gap)} a quarter {way}" if float(gap.replace(",", "")) else "as many opportunities"
    most = (
        f", so that a loss of up to {show(found.high, step)} a quarter is not ruled out" if found.high > 0 else ""
    )
    return (
        f"{_capital(b)} cannot be told apart from {a} by these leads: at {calls} it finds "
        f"{counts}, and the 95 % interval of what it loses ({_ends(found, 0.1)}) holds 0{most}"
        + "".join(_beside(f"; in {_MONEY[name]} it", gap, "loses", "brings") for name, gap in money.items())
        + _beside(", and on leads that come to nothing it", wasted, "spends", "saves", " calls")
        + "."
    )


def _beside(start: str, gap: Estimate, above: str, below: str, unit: str = "") -> str:
    """Return "; in pipeline value it loses between 10 and 90" where that is clear, else from what to what."""
    if gap.low * gap.high > 0:
        way, size = (above, gap) if gap.value > 0 else (below, times(gap, -1))
        return f"{start} {way} about {_amount(size)}{unit} more ({_ends(size)})"
    step = step_of(gap.low, gap.high)
    low, high = show(max(-gap.low, 0.0), step), show(max(gap.high, 0.0), step)
    return f"{start} {below} up to {low}{unit} or {above} up to {high}{unit}"


def _better(a: str, b: str, calls: str, found: Estimate) -> str:
    won = Estimate(-found.value, -found.high, -found.low)
    return (
        f"{_capital(b)} is better than {a}: at {calls} it finds about "
        f"{_opportunities(_amount(won, 0.1))} a quarter more (95 % interval {_ends(won, 0.1)}); keep it."
    )


def _untold(a: str, b: str, capacity: int) -> str:
    return (
        f"The duel tells nothing: at {capacity:,} calls a week everybody who can be called is called, "
        f"whichever of {b} and {a} sorts the list. Choose a smaller capacity."
    )


def _lost(name: str, gap: Estimate) -> str:
    what = _MONEY[name]
    if gap.high < 0:
        saved = Estimate(-gap.value, -gap.high, -gap.low)
        return f", though it brings about {_amount(saved)} more of {what} ({_ends(saved)})"
    figure = f"{_amount(gap)} of {what} ({_ends(gap)})"
    return f", about {figure}" if gap.low > 0 else f", perhaps {figure}: not clear"


def _wasted(wasted: Estimate) -> str:
    if not wasted.low * wasted.high > 0:
        return ""
    more = "more" if wasted.value > 0 else "fewer"
    size = wasted if wasted.value > 0 else Estimate(-wasted.value, -wasted.high, -wasted.low)
    ends = _ends(size)
    return f", and spends {_amount(size)} {more} calls a quarter on leads that come to nothing ({ends})"


def times(gap: Estimate, by: float) -> Estimate:
    """Return a figure and its interval multiplied; below 0 the ends change places."""
    ends = sorted((gap.low * by, gap.high * by))
    return Estimate(gap.value * by, ends[0], ends[1])


def _amount(figure: Estimate, finest: float = 1.0) -> str:
    return show(figure.value, step_of(figure.low, figure.high, finest))


def _ends(figure: Estimate, finest: float = 1.0) -> str:
    step = step_of(figure.low, figure.high, finest)
    return f"{show(figure.low, step)} to {show(figure.high, step)}"


def _opportunities(count: str) -> str:
    return f"{count} opportunit{'y' if count == '1' else 'ies'}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
