"""Merging attribute versions: two exports without history make a history, and a known past is not rewritten.

For each attribute one of the two sides, the *base*, knows the further past: dated history before none, and of two
sides without history the one whose first export was made first. Of the other side,

- versions with a date of their own are added; one at a moment where the base has a version gives way to it;
- a value without history is a value of the day of its export: where it differs from what the base has for that
  day, it is a version known since that day (blank included), never earlier. Where a later export of the base says
  again what it said before, that is one more version.

Leads and accounts that the base does not hold bring their versions as they are. A version equal to the one before
it is none, unless both sides have it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from features.facts.clock import format_moment, parse_moment

if TYPE_CHECKING:
    from features.facts.dataset import Manifest
    from features.facts.staging import Staging


@dataclass
class MergedHistory:
    """What the manifest says of merged attributes."""

    current_only: set[str] = field(default_factory=set)
    since: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Side:
    """One of the two: its relation suffix, its attributes, and when its exports were made."""

    name: str
    manifest: Manifest
    attributes: frozenset[str]

    def knows(self, attribute: str) -> bool:
        return attribute in self.attributes or attribute in self.manifest.current_only

    def snapshot(self, attribute: str) -> int | None:
        """Since when changes are seen, where the attribute has no dated history."""
        if attribute not in self.manifest.current_only:
            return None
        return parse_moment(self.manifest.history_from.get(attribute, self.exports[0]))

    @property
    def exports(self) -> list[str]:
        """When its exports were made, the first one first; a dataset of before there were merges names none."""
        return self.manifest.exports or [self.manifest.extracted_at]


def merge_attributes(staging: Staging, later: Manifest, earlier: Manifest) -> MergedHistory:
    """Make ``accepted_attributes`` of ``later_attributes`` and ``earlier_attributes``."""
    sides = [_side(staging, "later", later), _side(staging, "earlier", earlier)]
    history = MergedHistory()
    plan: list[tuple[str, str, int | None, int | None]] = []
    for attribute in sorted(set().union(*(side.attributes | set(side.manifest.current_only) for side in sides))):
        base, other = _roles(attribute, *sides)
        plan.append((attribute, base.name, other.snapshot(attribute), _following(attribute, base, other)))
        _describe(history, attribute, *sides)
    staging.connection.execute(
        """CREATE OR REPLACE TEMP TABLE merge_plan (name VARCHAR, base VARCHAR, snapshot TIMESTAMPTZ,
        following TIMESTAMPTZ)"""
    )
    for name, side, *given in plan:
        moments = [None if moment is None else format_moment(moment) for moment in given]
        staging.connection.execute("INSERT INTO merge_plan VALUES (?, ?, ?, ?)", [name, side, *moments])
    _lay_out(staging)
    _snapshots(staging)
    _write(staging, later, history)
    return history


def _side(staging: Staging, name: str, manifest: Manifest) -> _Side:
    rows = staging.rows(f"SELECT DISTINCT name FROM {name}_attributes")
    return _Side(name, manifest, frozenset(row[0] for row in rows))


def _roles(attribute: str, later: _Side, earlier: _Side) -> tuple[_Side, _Side]:
    """Return the base and the other side."""
    if not (later.knows(attribute) and earlier.knows(attribute)):
        return (later, earlier) if later.knows(attribute) else (earlier, later)
    of_later, of_earlier = later.snapshot(attribute), earlier.snapshot(attribute)
    if of_earlier is None or (of_later is not None and of_earlier <= of_later):
        return earlier, later
    return later, earlier


def _following(attribute: str, base: _Side, other: _Side) -> int | None:
    """Return when the base was next exported after the other side's first export."""
    snapshot = other.snapshot(attribute)
    if snapshot is None or not base.knows(attribute):
        return None
    return min((m for m in map(parse_moment, base.exports) if m > snapshot), default=None)


def _describe(history: MergedHistory, attribute: str, later: _Side, earlier: _Side) -> None:
    of_later, of_earlier = later.snapshot(attribute), earlier.snapshot(attribute)
    newest = later if later.knows(attribute) else earlier
    if newest.snapshot(attribute) is None:
        return
    history.current_only.add(attribute)
    if len({*later.exports, *earlier.exports}) > 1:
        history.since[attribute] = format_moment(min(m for m in (of_later, of_earlier) if m is not None))


def _lay_out(staging: Staging) -> None:
    """Make ``base_versions``, ``other_versions``, and the entities of each side."""
    both = (
        "(SELECT *, 'later' AS side FROM later_attributes UNION ALL SELECT *, 'earlier' FROM earlier_attributes)"
    )
    entities = " UNION ".join(
        f"""SELECT '{side}' AS side, 'lead' AS entity, lead_id AS entity_id FROM {side}_leads
        UNION SELECT '{side}', 'account', account_id FROM {side}_leads WHERE account_id IS NOT NULL
        UNION SELECT '{side}', entity, entity_id FROM {side}_attributes"""
        for side in ("later", "earlier")
    )
    for table, query in {
        "base_versions": f"""SELECT v.* EXCLUDE (side)
            FROM {both} v JOIN merge_plan p USING (name) WHERE side = base""",
        "other_versions": f"""SELECT v.* EXCLUDE (side), p.snapshot, p.following, p.base
            FROM {both} v JOIN merge_plan p USING (name) WHERE side <> base""",
        "merge_entities": entities,
    }.items():
        staging.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}")


def _snapshots(staging: Staging) -> None:
    """Make ``added``: what the other side's values without history say beyond the base."""
    staging.connection.execute(
        """CREATE OR REPLACE TEMP TABLE added AS
        WITH shared AS (
            SELECT p.name, b.entity, b.entity_id, p.snapshot, p.following FROM merge_plan p
            JOIN merge_entities b ON b.side = p.base
            JOIN merge_entities o ON o.side <> p.base AND o.entity = b.entity AND o.entity_id = b.entity_id
            WHERE p.snapshot IS NOT NULL
                AND (p.name, b.entity) IN (SELECT DISTINCT name, entity FROM other_versions
                    UNION SELECT DISTINCT name, entity FROM base_versions)),
        said AS (
            SELECT name, entity, entity_id, last(value ORDER BY known_at) AS value FROM other_versions
            WHERE known_at < snapshot GROUP BY ALL),
        had AS (
            SELECT b.name, b.entity, b.entity_id, last(b.value ORDER BY b.known_at) AS value
            FROM base_versions b JOIN merge_plan p USING (name) WHERE b.known_at <= p.snapshot GROUP BY ALL),
        news AS (
            SELECT s.*, said.value AS said, had.value AS had FROM shared s
            LEFT JOIN said USING (name, entity, entity_id) LEFT JOIN had USING (name, entity, entity_id)
            WHERE said.value IS DISTINCT FROM had.value)
        SELECT entity, entity_id, name, said AS value, snapshot AS known_at FROM news
        UNION ALL
        SELECT n.entity, n.entity_id, n.name, n.had, n.following FROM news n WHERE n.following IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM base_versions b WHERE b.name = n.name AND b.entity = n.entity
                AND b.entity_id = n.entity_id AND b.known_at > n.snapshot AND b.known_at <= n.following)"""
    )


def _write(staging: Staging, later: Manifest, history: MergedHistory) -> None:
    key = "entity, entity_id, name, known_at"
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE direct AS SELECT {key}, value FROM other_versions o
        WHERE snapshot IS NULL OR known_at >= snapshot OR NOT EXISTS (SELECT 1 FROM merge_entities e
            WHERE e.side = o.base AND e.entity = o.entity AND e.entity_id = o.entity_id)"""
    )
    # What the later export says last of a dated attribute must not be lost to an older version at the same moment.
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE overruled AS
        SELECT d.entity, d.entity_id, d.name, d.value, d.known_at FROM direct d JOIN base_versions b USING ({key})
        WHERE d.value IS DISTINCT FROM b.value"""
    )
    overruled = staging.count("overruled")
    if overruled:
        history.notes.append(
            f"attribute values that the export of {later.extracted_at} tells otherwise for one moment: {overruled}"
            f"; the first to tell is believed, and the other value counts from {later.extracted_at} on."
        )
    staging.connection.execute(
        f"""INSERT INTO added SELECT o.entity, o.entity_id, o.name, o.value, TIMESTAMPTZ '{later.extracted_at}'
        FROM overruled o JOIN merge_plan p ON p.name = o.name AND p.base = 'earlier'
        JOIN (SELECT entity, entity_id, name, max(known_at) AS last FROM direct GROUP BY ALL) d
            ON d.entity = o.entity AND d.entity_id = o.entity_id AND d.name = o.name AND d.last = o.known_at
        WHERE NOT EXISTS (SELECT 1 FROM added a WHERE a.name = o.name AND a.entity = o.entity
            AND a.entity_id = o.entity_id)"""
    )
    staging.connection.execute("DROP TABLE accepted_attributes")
    staging.connection.execute(
        f"""CREATE TABLE accepted_attributes AS
        WITH versions AS (
            SELECT entity, entity_id, name, value, known_at, 0 AS rank FROM base_versions
            UNION ALL SELECT entity, entity_id, name, value, known_at, 1 FROM direct
            UNION ALL SELECT entity, entity_id, name, value, known_at, 2 FROM added),
        one_each AS (
            SELECT {key}, arg_min(CASE WHEN value IS NULL THEN 'n' ELSE value || 'v' END, rank) AS kept,
                count(DISTINCT CASE WHEN rank < 2 THEN rank END) = 2 AS in_both
            FROM versions GROUP BY {key}),
        in_order AS (
            SELECT *, row_number() OVER versions > 1 AND kept = lag(kept) OVER versions AS unchanged FROM one_each
            WINDOW versions AS (PARTITION BY entity, entity_id, name ORDER BY known_at))
        SELECT entity, entity_id, name, CASE WHEN right(kept, 1) = 'v' THEN left(kept, -1) END AS value, known_at
        FROM in_order WHERE in_both OR NOT coalesce(unchanged, false)"""
    )
