"""The label: how fast outcomes come, the base rate over time, and where outcomes are missing altogether."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from features.audit.findings import Finding, Subject
from features.facts.clock import format_moment

if TYPE_CHECKING:
    from features.audit.workspace import Workspace

DAYS = (7, 30, 60, 90, 180, 365)

#: Base rates are those of outcomes within so many days, for leads that are at least as old.
HORIZON = 90

#: Without dates, the base rate is shown for so many stretches of the order.
STRETCHES = 20

#: The rate drifts when the highest third and the lowest third of time differ by this factor and errors.
DRIFT, DRIFT_ERRORS = 1.5, 4.0

#: Outcomes are missing from a time where so many would have come and at most this share did.
MISSING, MISSING_SHARE = 10.0, 0.02

#: A few outcomes with a wrong date must not hide that.
STRAY = 0.002

MOST_COHORTS = 6

#: The curve is shown to the day to which this share of the leads could be watched.
WATCHED = 0.1


def label_pictures(work: Workspace) -> dict[str, Any]:
    """Return the maturity curve and the base rates, ready to draw and to write down."""
    if work.undated:
        return {"base_rate": _by_stretch(work)}
    return {"maturity": _maturity(work), "base_rate": _by_month(work)}


def label_findings(work: Workspace, pictures: dict[str, Any]) -> list[Finding]:
    """Say how the label matures and drifts, and where it is cut off."""
    found: list[Finding | None] = [_few(work), _drift(work, pictures["base_rate"])]
    if not work.undated and work.positives:
        found += [_maturity_note(work, pictures["maturity"]), *_cut_off(work), _before_lead(work)]
    if work.undated:
        found.append(_undated(work))
    return [finding for finding in found if finding is not None]


def _histogram(work: Workspace, where: str = "true") -> tuple[np.ndarray, np.ndarray]:
    """Leads per day of outcome and per day at which they were last seen without one; shape (days,)."""
    rows = work.rows(
        f"""SELECT y, greatest(0, floor(epoch(coalesce(outcome_at, TIMESTAMPTZ
        '{work.dataset.manifest.observed_until}')
            - created_at) / 86400))::BIGINT AS day, count(*) FROM cohort WHERE {where} GROUP BY ALL"""
    )
    length = max((row[1] for row in rows), default=0) + 1
    events, censored = np.zeros(length), np.zeros(length)
    for y, day, count in rows:
        (events if y else censored)[day] += count
    return events, censored


def kaplan_meier(events: np.ndarray, censored: np.ndarray) -> np.ndarray:
    """Share with an outcome by the end of each day; a lead leaves after the day at which it was last seen.

    >>> kaplan_meier(np.array([1.0, 1.0]), np.array([1.0, 1.0])).tolist()
    [0.25, 0.625]
    """
    gone = np.concatenate([[0.0], np.cumsum(events + censored)[:-1]])
    at_risk = events.sum() + censored.sum() - gone
    return np.asarray(1 - np.cumprod(1 - events / np.maximum(at_risk, 1.0)))


def _maturity(work: Workspace) -> dict[str, Any]:
    events, censored = _histogram(work)
    curve = kaplan_meier(events, censored)
    trusted = _trusted(work)
    curve = curve[: trusted + 1]
    eventual = float(curve[-1])
    shares = {
        str(day): float(curve[min(day, len(curve)) - 1] / eventual) if eventual else 0.0
        for day in DAYS
        if day <= trusted
    }
    cohorts = []
    for name, where in _cohorts(work):
        own = kaplan_meier(*_histogram(work, where))
        cohorts.append(
            {
                "name": name,
                "curve": [float(v) for v in own[:: max(1, len(own) // 120)]],
                "step": max(1, len(own) // 120),
            }
        )
    step = max(1, len(curve) // 200)
    return {
        "days_watched": trusted,
        "eventual_rate": eventual,
        "share_of_eventual": shares,
        "curve": [float(v) for v in curve[::step]],
        "step": step,
        "cohorts": cohorts,
    }


def _trusted(work: Workspace) -> int:
    """The day to which a tenth of the leads could be watched: beyond it the curve is noise.

    Could be, not were: having converted is no reason to stop.
    """
    until = work.dataset.manifest.observed_until
    span = f"greatest(0, floor(epoch(TIMESTAMPTZ '{until}' - created_at) / 86400))::BIGINT"
    return int(work.one(f"coalesce(quantile_disc({span}, {1 - WATCHED}), 0) FROM cohort")[0])


def _cohorts(work: Workspace) -> list[tuple[str, str]]:
    months = work.rows("SELECT DISTINCT month FROM cohort ORDER BY 1")
    size = -(-len(months) // MOST_COHORTS)
    chunks = [[row[0] for row in months[i : i + size]] for i in range(0, len(months), size)]
    return [
        (
            f"{chunk[0]} to {chunk[-1]}" if len(chunk) > 1 else chunk[0],
            f"month BETWEEN '{chunk[0]}' AND '{chunk[-1]}'",
        )
        for chunk in chunks
    ]


def _by_month(work: Workspace) -> dict[str, Any]:
    rows = work.rows(
        f"""SELECT month, count(*), tally(outcome_at <= created_at + INTERVAL {HORIZON} DAY),
            bool_and(created_at + INTERVAL {HORIZON} DAY <= TIMESTAMPTZ '{work.dataset.manifest.observed_until}')
        FROM cohort GROUP BY month ORDER BY month"""
    )
    what = f"outcome within {HORIZON} days, by month of creation"
    return {"what": what, "rows": [_rate(month, n, k, mature) for month, n, k, mature in rows]}


def _by_stretch(work: Workspace) -> dict[str, Any]:
    stretches = max(1, min(STRETCHES, work.leads // 50))
    rows = work.rows(
        f"""SELECT position::BIGINT * {stretches} // {max(work.leads, 1)} AS stretch, count(*), sum(y) FROM cohort
        GROUP BY 1 ORDER BY 1"""
    )
    return {
        "what": f"outcome, by {stretches} stretches of the leads' order",
        "rows": [_rate(str(stretch + 1), n, k, mature=True) for stretch, n, k in rows],
    }


def _rate(name: str, leads: int, outcomes: int, mature: bool) -> dict[str, Any]:
    low, high = wilson(outcomes, leads)
    return {
        "name": name,
        "leads": leads,
        "outcomes": outcomes,
        "rate": outcomes / leads,
        "low": low,
        "high": high,
        "mature": bool(mature),
    }


def wilson(outcomes: int, leads: int) -> tuple[float, float]:
    """95 % interval of a share.

    >>> [round(end, 3) for end in wilson(5, 50)]
    [0.043, 0.214]
    """
    z = 1.959964
    middle = (outcomes + z * z / 2) / (leads + z * z)
    half = z * np.sqrt(outcomes * (leads - outcomes) / leads + z * z / 4) / (leads + z * z)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def _few(work: Workspace) -> Finding | None:
    if work.positives >= 100:
        return None
    return Finding(
        check="few_outcomes",
        severity="warning",
        subject=Subject("label", "opportunity"),
        sentence=(
            f"Only {work.positives:,} of {work.leads:,} leads have an outcome: every figure will have a wide "
            "interval, and "
            "the checks against leaks can miss much."
        ),
        evidence={"outcomes": work.positives, "leads": work.leads},
        leads=work.leads,
    )


def _drift(work: Workspace, base: dict[str, Any]) -> Finding | None:
    rows = [row for row in base["rows"] if row["mature"]]
    if len(rows) < 6:
        return None
    third = len(rows) // 3
    parts = [rows[i : i + third] for i in range(0, len(rows) - third + 1, third)][:3]
    counts = [(sum(r["leads"] for r in part), sum(r["outcomes"] for r in part)) for part in parts]
    rates = [k / n for n, k in counts]
    low, high = int(np.argmin(rates)), int(np.argmax(rates))
    error = np.sqrt(sum(r * (1 - r) / n for r, (n, _) in ((rates[i], counts[i]) for i in (low, high))))
    if rates[high] < DRIFT * rates[low] or rates[high] - rates[low] < DRIFT_ERRORS * max(error, 1e-9):
        return None
    return Finding(
        check="base_rate_drift",
        severity="warning",
        subject=Subject("label", "opportunity"),
        sentence=(
            f"The base rate changes over time, from {rates[low]:.1%} to {rates[high]:.1%} between thirds of "
            "the time "
            f"({base['what']}): a model calibrated on the past will be off, and fields that follow the "
            "calendar look strong."
        ),
        evidence={
            "rate, first third": rates[0],
            "rate, second third": rates[1],
            "rate, last third": rates[-1],
        },
        leads=work.leads,
        months=None if work.undated else (rows[0]["name"], rows[-1]["name"]),
        decide="What changed: leads, sales, or what counts as an opportunity? Train on the time that is like now.",
    )


def _maturity_note(work: Workspace, curve: dict[str, Any]) -> Finding | None:
    shares = {int(day): share for day, share in curve["share_of_eventual"].items()}
    if not shares:
        return None
    young = work.one(
        f"""tally(y = 0 AND created_at + INTERVAL {HORIZON} DAY > TIMESTAMPTZ
        '{work.dataset.manifest.observed_until}')
        FROM cohort"""
    )[0]
    told = ", ".join(f"{share:.0%} by day {day}" for day, share in shares.items())
    return Finding(
        check="maturity",
        severity="note",
        subject=Subject("label", "opportunity"),
        sentence=(
            f"Of the outcomes that come within {curve['days_watched']:,} days ({curve['eventual_rate']:.1%} of "
            "leads), "
            f"{told}. {young:,} leads without an outcome are younger than {HORIZON} days: undecided, not negative."
        ),
        evidence={f"share by day {day}": share for day, share in shares.items()} | {"undecided leads": young},
        leads=int(young),
        months=work.months(
            f"created_at + INTERVAL {HORIZON} DAY > TIMESTAMPTZ '{work.dataset.manifest.observed_until}'"
        ),
        done="repaired",
    )


def _cut_off(work: Workspace) -> list[Finding]:
    """Find a time without outcomes although open leads should have had some: at the start or the end."""
    hazard = _hazard(work)
    until = work.dataset.manifest.observed_until
    found = []
    for side in ("start", "end"):
        borders = [_cut(work, hazard, side, share, until) for share in (0.0, STRAY)]
        cut = next((cut for cut in borders if cut is not None), None)
        if cut is None:
            continue
        border, expected, seen, leads = cut
        early = side == "start"
        found.append(
            Finding(
                check="left_truncation" if early else "right_truncation",
                severity="warning",
                subject=Subject("label", "opportunity"),
                sentence=(
                    f"{'Before' if early else 'After'} {border[:10]} there are {seen:,.0f} outcomes, where "
                    f"{leads:,} "
                    f"leads that were open then should have had {expected:,.0f}: outcomes were not recorded then. "
                    + (
                        "Leads of that time that converted at once are counted as not converted."
                        if early
                        else "Recent leads are counted as not converted."
                    )
                ),
                evidence={"outcomes": seen, "outcomes expected": expected, "leads open then": leads},
                leads=leads,
                months=work.months(f"created_at {'<' if early else '>'} ?::TIMESTAMPTZ", [border]),
                decide=(
                    f"Use leads created from {border[:7]} on (created_from), or find the earlier outcomes."
                    if early
                    else f"Set observed_until: {border[:10]}, or export the outcomes again."
                ),
            )
        )
    return found


def _cut(
    work: Workspace, hazard: np.ndarray, side: str, stray: float, until: str
) -> tuple[str, float, float, int] | None:
    """Return the border and what is missing beyond it, a share of stray outcomes set aside; None for nothing."""
    quantile = stray if side == "start" else 1 - stray
    moment = work.one(f"epoch_us(quantile_disc(outcome_at, {quantile})) FROM cohort WHERE y = 1")[0]
    border = format_moment(int(moment))
    expected, seen, leads = _expected(work, hazard, side, border, until)
    missing = expected >= MISSING and seen <= MISSING_SHARE * expected
    return (border, expected, seen, leads) if missing else None


def _hazard(work: Workspace) -> np.ndarray:
    """Chance of an outcome on each day of a lead's life, for a lead without one so far."""
    events, censored = _histogram(work)
    gone = np.concatenate([[0.0], np.cumsum(events + censored)[:-1]])
    return np.asarray(events / np.maximum(events.sum() + censored.sum() - gone, 1.0))


def _expected(work: Workspace, hazard: np.ndarray, side: str, border: str, until: str) -> tuple[float, float, int]:
    """Return outcomes expected and seen on one side of a border in time, and the leads open there."""
    if side == "start":
        condition, parameters = "created_at < ?::TIMESTAMPTZ", [border, border]
        begin, end = "0", "epoch(least(coalesce(outcome_at, ?::TIMESTAMPTZ), ?::TIMESTAMPTZ) - created_at)"
        seen = work.one(
            "count(*) FROM cohort WHERE outcome_at < ?::TIMESTAMPTZ AND outcome_at >= created_at", [border]
        )[0]
    else:
        condition, parameters = "(y = 0 OR outcome_at > ?::TIMESTAMPTZ)", [border, until]
        begin = "greatest(0, epoch(?::TIMESTAMPTZ - created_at))"
        end = "greatest(0, epoch(?::TIMESTAMPTZ - created_at))"
        seen = work.one("count(*) FROM cohort WHERE outcome_at > ?::TIMESTAMPTZ", [border])[0]
    rows = work.rows(
        f"""SELECT floor({begin} / 86400)::BIGINT AS first, floor({end} / 86400)::BIGINT AS last, count(*)
        FROM cohort WHERE {condition} GROUP BY ALL""",
        [*parameters, border],
    )
    total = np.concatenate([[0.0], np.cumsum(hazard)])
    top = len(total) - 1
    expected = sum(n * (total[min(max(b, 0), top)] - total[min(max(a, 0), top)]) for a, b, n in rows)
    return float(expected), float(seen), int(sum(row[2] for row in rows))


def _before_lead(work: Workspace) -> Finding | None:
    count, same_day = work.one(
        """count(*), tally(outcome_at::DATE = created_at::DATE) FROM cohort WHERE outcome_at < created_at"""
    )
    if count == 0:
        return None
    few = count - same_day < 0.01 * work.positives
    return Finding(
        check="outcome_before_lead",
        severity="note" if few else "warning",
        subject=Subject("label", "opportunity"),
        sentence=(
            f"{count:,} leads have their outcome before they were created, {same_day:,} of them on the same "
            "day, as "
            "dates without a time of day do. The others were made afterwards, or carry the date of a later "
            "step. They "
            "were never open, so no row is made of them."
        ),
        evidence={"leads": count, "on the same day": same_day, "share of converted leads": count / work.positives},
        leads=count,
        months=work.months("outcome_at < created_at"),
        done="repaired",
        decide=None if few else "Why are leads made after their opportunity? Rows of them teach nothing.",
    )


def _undated(work: Workspace) -> Finding:
    return Finding(
        check="undated",
        severity="warning",
        subject=Subject("table", "leads"),
        sentence=(
            "The source has no dates, only an order of leads: nothing shows when a value was written, so the "
            "audit weighs "
            "how values go with the outcome, and can miss leaks that look like honest strong fields."
        ),
        evidence={"leads": work.leads},
        leads=work.leads,
        decide="Export creation dates and field history, if the source has them.",
    )
