"""Figures as people should read them: no finer than their interval deserves."""

from __future__ import annotations

from math import floor, isfinite, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.comparison import Estimate


def step_of(low: float, high: float, finest: float = 1.0) -> float:
    """Return the power of ten to which an interval's figures are rounded: a tenth of its width, or less.

    Never below ``finest``, but where that would round an end of an interval that keeps clear of 0 to 0.

    >>> step_of(5, 19), step_of(120_000, 560_000), step_of(0.13, 0.31, 0.01)
    (1.0, 10000.0, 0.01)
    """
    width = high - low
    if not isfinite(width) or width <= 0:
        return finest
    step = max(10.0 ** floor(log10(width / 10)), finest)
    while low * high > 0 and step > 1e-9 and min(abs(round(low / step)), abs(round(high / step))) == 0:
        step /= 10
    return step


def show(value: float, step: float = 1.0, *, sign: bool = False) -> str:
    """Return a figure rounded to a step, with thousands set apart; a dash where there is none.

    >>> show(123456.0, 10000), show(-3.26, 0.1, sign=True), show(float("nan"))
    ('120,000', '−3.3', '–')
    """
    if not isfinite(value):
        return "–"
    digits = max(0, -floor(log10(step) + 1e-9))
    rounded = round(value / step) * step
    return f"{rounded + 0.0:{'+' if sign else ''},.{digits}f}".replace("-", "−")


def matching(a: Estimate, b: Estimate, gap: Estimate, finest: float = 1.0) -> tuple[float, float, float, float]:
    """Return ``a``, ``b`` and their difference rounded so that it is that of the rounded ones, and the step.

    Each rounded by itself they need not be: 9 and 6 with a difference of 2. The difference is rounded as its own
    interval deserves, since sentences say it too; of the two figures the one that rounding moved least stays, and
    the other follows. What is not finite stays as it is.

    >>> from training.comparison import Estimate
    >>> money = Estimate(254e3, 150e3, 360e3), Estimate(266e3, 160e3, 380e3), Estimate(-12e3, -70e3, 40e3)
    >>> matching(*money)
    (250000.0, 260000.0, -10000.0, 10000.0)
    """
    step = step_of(gap.low, gap.high, finest)
    if not (isfinite(a.value) and isfinite(b.value) and isfinite(gap.value)):
        return a.value, b.value, gap.value, step
    apart, first, second = (round(figure.value / step) for figure in (gap, a, b))
    # Counts and money are not below 0, and neither is what is shown of them.
    pairs = [(first, first - apart), (second + apart, second)]
    pairs = [pair for pair in pairs if min(pair) >= 0] or pairs
    one, other = min(pairs, key=lambda pair: max(abs(pair[0] - a.value / step), abs(pair[1] - b.value / step)))
    return one * step, other * step, apart * step, step


def show_estimate(figure: Estimate, finest: float = 1.0, *, sign: bool = False) -> tuple[str, str]:
    """Return a figure, and its interval as "5 to 19"; the interval is empty where there is none."""
    step = step_of(figure.low, figure.high, finest)
    ends = "" if not isfinite(figure.low) else f"{show(figure.low, step)} to {show(figure.high, step)}"
    return show(figure.value, step, sign=sign), ends
