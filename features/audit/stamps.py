"""Stamps and rows: dates without a time of day, repeated events, bulk imports, values that never vary, ids."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from features.audit.export_time import written_as
from features.audit.findings import Finding, Subject
from features.audit.reading import ALL_OTHERS

if TYPE_CHECKING:
    from features.audit.reading import Field
    from features.audit.workspace import Workspace

#: So many of a column's stamps at one and the same time of day are dates without one.
DATE_ONLY = 0.5
FEWEST_STAMPS = 50

#: Repeated events are worth a word from this share on.
REPEATED = 0.005

#: One second with so many leads, and this share of the kind, is a bulk import.
BURST_LEADS, BURST_SHARE = 100, 0.005

#: A value of so many leads is a constant.
CONSTANT = 0.999

#: Nearly every value is different: an id, or a text that only its lead has.
UNIQUE = 0.95
FEWEST_LEADS = 100

#: Repeats are counted over so many events at a time.
PART = 5_000_000

#: A number whose whole range is less than so many times its leads repeats by chance.
NARROW = 1000

_DAY_US = 86_400_000_000


def stamp_findings(work: Workspace) -> list[Finding]:
    """Find stamps without a time of day, repeated events and bulk imports; nothing for an undated source."""
    if work.undated:
        return []
    return [*_date_only(work), *_repeated(work), *_bursts(work)]


def _date_only(work: Workspace) -> list[Finding]:
    """Find stamps that stand at one time of day, kinds of events that do so told together."""
    sources = [
        ("leads", "created_at", "created_at", "''", "lead_id", "leads"),
        ("opportunities", "created_at", "created_at", "''", "lead_id", "opportunities"),
        ("events", '"at"', "known_at", "kind", "position", "happened"),
    ]
    groups: dict[tuple[str, int, bool], list[tuple[str, int, float, int]]] = defaultdict(list)
    for table, stamp, known, kind, lead, source in sources:
        for name, count, clock, share, ends, leads in work.rows(
            # What more than half of the stamps have in common is their median, too, and that needs no counting.
            f"""WITH clocks AS (
                SELECT {kind} AS kind, epoch_us({stamp}) % {_DAY_US} AS clock,
                    epoch_us({known}) % {_DAY_US} = {_DAY_US - 1} AS ends, {lead} AS lead FROM {source}
            ), middles AS (
                SELECT kind, count(*) AS n, quantile_disc(clock, 0.5) AS clock, tally(ends) AS ends
                FROM clocks GROUP BY kind
            ), shared AS (
                SELECT m.kind FROM middles m JOIN clocks c ON c.kind = m.kind AND c.clock = m.clock
                GROUP BY m.kind, m.n HAVING m.n >= {FEWEST_STAMPS} AND count(*) >= {DATE_ONLY} * m.n
            )
            SELECT m.kind, m.n, m.clock, tally(c.clock = m.clock) / m.n, m.ends >= {DATE_ONLY} * m.n,
                count(DISTINCT c.lead)
            FROM shared JOIN middles m USING (kind) JOIN clocks c ON c.kind = m.kind
            GROUP BY m.kind, m.n, m.clock, m.ends ORDER BY 1"""
        ):
            groups[table, clock, ends].append((name, count, share, leads))
    return [_date_finding(table, clock, members, ends) for (table, clock, ends), members in groups.items()]


def _date_finding(table: str, clock: int, members: list[tuple[str, int, float, int]], ends: bool) -> Finding:
    names = ", ".join(name for name, *_ in members)
    what = f"events ({names})" if table == "events" else table
    count = sum(member[1] for member in members)
    share = sum(member[1] * member[2] for member in members) / count
    shown = "the last instant of the day" if clock == _DAY_US - 1 else _clock(clock)
    one = len(members) == 1 and table == "events"
    return Finding(
        check="date_only",
        severity="note" if ends else "warning",
        subject=Subject("events", members[0][0]) if one else Subject("table", table),
        sentence=(
            f"{share:.0%} of {count:,} stamps of {what} stand at {shown} UTC: dates without a time of day. "
            + (
                "They count as known from the end of their day on."
                if ends
                else "They count as known at that moment, although the fact may have come later that day."
            )
        ),
        evidence={"stamps": count, "share at one time of day": float(share)},
        leads=max(member[3] for member in members),
        done="repaired" if ends else "left",
        decide=None
        if ends
        else "Are these dates only? Then give them without a time, or a known_after that says when.",
    )


def _clock(microseconds: int) -> str:
    minutes = microseconds // 60_000_000
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _repeated(work: Workspace) -> list[Finding]:
    found = []
    for kind, count, different in work.rows(
        # Repeats are of one lead, so leads may be counted a part at a time, each part small enough for memory.
        f"""SELECT kind, sum(n)::BIGINT, sum(different)::BIGINT FROM ({_different(work)})
        GROUP BY kind ORDER BY kind"""
    ):
        repeated = count - different
        if repeated < max(10, REPEATED * count):
            continue
        leads = work.one(
            """count(DISTINCT position) FROM (SELECT position FROM happened WHERE kind = ?
            GROUP BY position, "at", content HAVING count(*) > 1)""",
            [kind],
        )[0]
        found.append(
            Finding(
                check="duplicates",
                severity="warning",
                subject=Subject("events", kind),
                sentence=(
                    f"{repeated:,} of {count:,} {kind} events repeat another of the same lead at the same "
                    "instant with "
                    "the same content: counts are too high where slices of an export overlap."
                ),
                evidence={"repeated": repeated, "events": count, "share": repeated / count},
                leads=int(leads),
                months=work.months("position IN (SELECT position FROM happened WHERE kind = ?)", [kind]),
                decide=f"Are these true repeats? If not, map an id for {kind}: rows that repeat it are left out.",
            )
        )
    return found


def _different(work: Workspace) -> str:
    """SQL for the events of each kind, and how many of them differ, for parts of the leads one after the other."""
    parts = 1 + work.dataset.manifest.counts.get("events", 0) // PART
    return " UNION ALL ".join(
        f"""SELECT kind, count(*) AS n, count(DISTINCT hash(position, "at", content)) AS different
        FROM happened WHERE position % {parts} = {part} GROUP BY kind"""
        for part in range(parts)
    )


def _bursts(work: Workspace) -> list[Finding]:
    found = []
    rows = work.rows(
        # Only an hour with so many events can have such a second: there are fewer hours than seconds to count.
        f"""WITH whole AS (SELECT kind, count(*) AS whole FROM happened GROUP BY kind), hours AS (
            SELECT kind, epoch_us("at") // 3600000000 AS hour, any_value(w.whole) AS whole
            FROM happened JOIN whole w USING (kind) GROUP BY 1, 2
            HAVING count(*) >= {BURST_LEADS} AND count(*) >= {BURST_SHARE} * any_value(w.whole)
        )
        SELECT kind, count(*), sum(events), sum(leads), max(leads), strftime(min(second), '%Y-%m'),
        strftime(max(second), '%Y-%m'), any_value(whole) FROM (
            SELECT e.kind, date_trunc('second', e."at") AS second, count(*) AS events,
                count(DISTINCT e.position) AS leads, any_value(h.whole) AS whole
            FROM happened e JOIN hours h ON h.kind = e.kind AND h.hour = epoch_us(e."at") // 3600000000
            WHERE epoch_us(e."at") % {_DAY_US} NOT IN (0, {_DAY_US - 1}) GROUP BY 1, 2
        ) WHERE leads >= {BURST_LEADS} AND leads >= {BURST_SHARE} * whole GROUP BY kind ORDER BY kind"""
    )
    for kind, seconds, events, leads, most, first, last, whole in rows:
        if events >= DATE_ONLY * whole:
            continue  # a date-only kind in another zone of time, told elsewhere
        found.append(
            Finding(
                check="bulk_import",
                severity="warning",
                subject=Subject("events", kind),
                sentence=(
                    f"{events:,} {kind} events fall into {seconds} single seconds, up to {most:,} leads in "
                    "one: a bulk "
                    "import or a mailing, stamped with when it was written, not with when it happened."
                ),
                evidence={"events": int(events), "seconds": seconds, "most leads in one second": most},
                leads=int(leads),
                months=(first, last),
                decide=f"Did these {kind} events happen then? If not, date them otherwise, or leave them out.",
            )
        )
    return found


def value_findings(work: Workspace, fields: list[Field]) -> list[Finding]:
    """Find constants, copies of each other, and ids."""
    return [*_constants(work, fields), *_copies(fields), *_ids(work, fields)]


def _constants(work: Workspace, fields: list[Field]) -> list[Finding]:
    names = []
    for found in fields:
        # Rare values taken together are not one value, however many leads they have.
        leads = found.levels.leads[[name not in {None, ALL_OTHERS} for name in found.levels.names]]
        if found.filled == 0 or (len(leads) and leads.max() >= CONSTANT * work.leads):
            names.append(found.key)
    if not names:
        return []
    return [
        Finding(
            check="constants",
            severity="note",
            subject=Subject("table", "attributes"),
            sentence=(
                f"{len(names)} attributes say nothing, because one value (or none) stands for {CONSTANT:.1%} "
                "of leads or "
                f"more: {', '.join(names)}."
            ),
            evidence={"attributes": len(names)},
            leads=work.leads,
        )
    ]


def _copies(fields: list[Field]) -> list[Finding]:
    groups: dict[tuple[str, int, int], list[Field]] = defaultdict(list)
    for found in fields:
        if found.distinct > 1:
            groups[found.entity, found.filled, found.values_hash].append(found)
    return [
        Finding(
            check="copies",
            severity="note",
            subject=Subject("attribute", group[1].name, group[1].entity),
            sentence=f"{', '.join(one.name for one in group)} have the same value for every lead: one is enough.",
            evidence={"attributes": len(group)},
            leads=group[0].filled,
        )
        for group in groups.values()
        if len(group) > 1
    ]


def _ids(work: Workspace, fields: list[Field]) -> list[Finding]:
    from features.audit.reading import load  # noqa: PLC0415 - only here

    found = []
    for one in fields:
        if one.entity != "lead" or one.filled < FEWEST_LEADS or one.distinct < 0.5 * one.filled:
            continue
        whole = one.numbers.get("whole", 1.0) >= CONSTANT
        load(work, one.entity, one.name)
        # Amounts of a narrow range and dates are shared by chance; an id, a telephone number or an e-mail is not.
        span = one.numbers.get("most", float("inf")) - one.numbers.get("least", 0.0)
        by_chance = span < NARROW * one.filled or written_as(work, one) is not None
        if whole:
            found += [*([] if by_chance else _shared(work, one)), *_id(work, one)]
    return found


def _id(work: Workspace, one: Field) -> list[Finding]:
    if one.distinct < UNIQUE * one.filled:
        return []
    order = work.one(
        """corr(a, b) FROM (SELECT rank() OVER (ORDER BY f.number) AS a, c.position AS b
        FROM field f JOIN cohort c USING (position) WHERE f.number IS NOT NULL)"""
    )[0]
    in_order = one.levels.numeric and order is not None and abs(order) >= 0.99
    return [
        Finding(
            check="id",
            severity="note",
            subject=Subject("attribute", one.name, "lead"),
            sentence=(
                f"{one.name} has {one.distinct:,} different values for {one.filled:,} leads: it is an id or a "
                "free text"
                + (", numbered in the order of time" if in_order else "")
                + "; a model can only learn it by heart."
            ),
            evidence={"different values": one.distinct, "leads filled": one.filled},
            leads=one.filled,
            decide=f"Leave {one.name} out of the features, unless they take words out of it.",
        )
    ]


def _shared(work: Workspace, one: Field) -> list[Finding]:
    """Find near-unique texts (an e-mail, a telephone number) that several leads share: one person twice."""
    leads, values, accounts, agree, base = work.one(
        """sum(n), count(*), tally(accounts > 1), sum(pairs_agree) / sum(n * (n - 1) / 2), avg(rate) FROM (
            SELECT value, count(*) AS n, count(DISTINCT account_id) AS accounts,
                (sum(f.y) * (sum(f.y) - 1) + (count(*) - sum(f.y)) * (count(*) - sum(f.y) - 1)) / 2 AS pairs_agree,
                avg(f.y) AS rate
            FROM field f JOIN cohort c USING (position) WHERE value IS NOT NULL
            GROUP BY value HAVING count(*) BETWEEN 2 AND 20
        )"""
    )
    if not leads or one.distinct < 0.8 * one.filled or leads < max(20, 0.005 * one.filled):
        return []
    return [
        Finding(
            check="identity",
            severity="warning",
            subject=Subject("attribute", one.name, "lead"),
            sentence=(
                f"{int(leads):,} leads share their {one.name} with another lead ({values:,} values, "
                f"{accounts:,} of them "
                f"across accounts): one person twice, who may stand on both sides of a split. {agree:.0%} of "
                "such pairs "
                "have the same outcome."
            ),
            evidence={
                "leads that share": int(leads),
                "values": values,
                "values across accounts": accounts,
                "pairs with the same outcome": float(agree),
                "their rate of outcomes": float(base),
            },
            leads=int(leads),
            months=work.months(
                "position IN (SELECT position FROM field WHERE value IN (SELECT value FROM field "
                "WHERE value IS NOT NULL GROUP BY value HAVING count(*) BETWEEN 2 AND 20))"
            ),
            decide="Merge these leads in the source, or give them one account: a split keeps that together.",
        )
    ]


def account_findings(work: Workspace) -> list[Finding]:
    """Find accounts that hold so many leads that they cannot be one company."""
    rows = work.rows(
        """SELECT account_id, count(*) AS leads FROM cohort WHERE account_id IS NOT NULL GROUP BY account_id
        ORDER BY leads DESC, account_id LIMIT 1"""
    )
    if not rows or rows[0][1] < max(FEWEST_LEADS, 0.05 * work.leads):
        return []
    account, leads = rows[0]
    return [
        Finding(
            check="huge_account",
            severity="warning",
            subject=Subject("table", "leads"),
            sentence=(
                f"Account {account} has {leads:,} of {work.leads:,} leads: a placeholder or a mail provider "
                "rather than one "
                "company. Its leads pass for colleagues, and for one cluster in every interval."
            ),
            evidence={"leads of the account": leads, "share": leads / work.leads},
            leads=leads,
            months=work.months("account_id = ?", [account]),
            decide="Blank this account id in the source if it is not a company.",
        )
    ]
