"""Merging a later, or an earlier, export of the same source into a dataset: nothing twice, no version lost.

Of two exports one was made later; which of them is in the dataset and which is being imported makes no difference.

- Leads by lead_id: the later export's account stands, or the earlier's where it has none; the earlier creation
  stands; a lead that the later export no longer holds stays as it was.
- Events by event_id, opportunities by opportunity_id, verdicts by lead and time: the union; where both have a row,
  the later export's stands (an opportunity is closed, won or valued in time).
- Attributes: see :mod:`features.facts.merge_attributes`.
- ``observed_from`` of a kind: the earlier stands if the two periods join; where they leave a hole, the later's.
- ``observed_until``: the later. Rejected rows: all of them, each once. Rows left out: as the later export counts
  them, and what only the earlier counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from features.errors import DatasetError
from features.facts.clock import parse_moment
from features.facts.merge_attributes import merge_attributes
from features.facts.schema import TABLES
from features.facts.sql import text

if TYPE_CHECKING:
    from features.facts.dataset import Dataset, Manifest
    from features.facts.staging import Staging

#: Every note on a merge begins so: they stay when the notes of a later import take the place of the others.
MERGED = "Merged: "
_WHOLE = "import the whole source again without --merge, or name another folder after --into"


@dataclass
class Merge:
    """A dataset and the import that is to become one with it; ``old_<table>`` are the dataset's tables."""

    staging: Staging
    dataset: Dataset
    notes: list[str] = field(default_factory=list)
    known_leads: str = "SELECT lead_id, account_id FROM old_leads"

    @classmethod
    def of(cls, staging: Staging, dataset: Dataset, coming: Manifest) -> Merge:
        """Prepare a merge.

        Raises
        ------
        DatasetError
            The dataset came from another source or importer, or its times mean nothing but an order.

        """
        old = dataset.manifest
        for name in ("importer", "source", "importer_version"):
            if getattr(old, name) != getattr(coming, name):
                message = (
                    f"{dataset.path}: cannot be merged with this import: its {name} is {getattr(old, name)!r}, "
                    f"and that of the import {getattr(coming, name)!r}"
                )
                raise DatasetError(message, hint=_WHOLE)
        if old.undated or coming.undated:
            message = f"{dataset.path}: cannot be merged: its source has no dates to tell what is later"
            raise DatasetError(message, hint=_WHOLE)
        for name in TABLES:
            staging.connection.execute(
                f"CREATE OR REPLACE TEMP VIEW old_{name} AS SELECT * FROM read_parquet({text(dataset.file(name))})"
            )
        return cls(staging, dataset)

    def merged(self, coming: Manifest) -> Manifest:
        """Make the accepted tables those of both, and return the manifest of both."""
        old = self.dataset.manifest
        is_later = _age(coming) >= _age(old)
        later, earlier = (coming, old) if is_later else (old, coming)
        for name in TABLES:
            new = f"new_{name}"
            self.staging.connection.execute(f"DROP TABLE IF EXISTS {new}")
            self.staging.connection.execute(f"CREATE TABLE {new} AS FROM accepted_{name}")
            sides = (new, f"old_{name}") if is_later else (f"old_{name}", new)
            for side, relation in zip(("later", "earlier"), sides, strict=True):
                self.staging.connection.execute(
                    f"CREATE OR REPLACE TEMP VIEW {side}_{name} AS SELECT * FROM {relation}"
                )
        self._leads(later)
        self._events(later)
        self._opportunities()
        self._union("verdicts", ("lead_id", "at"))
        history = merge_attributes(self.staging, later, earlier)
        self._note(history.notes)
        self._leave_orphans()
        self.staging.all_rejects.add_written(self.dataset.path / "rejected")
        observed_from = self._observed_from(later, earlier)
        kept = [note for note in [*old.notes, *self.notes] if note.startswith(MERGED)]
        notes = [*(note for note in later.notes if not note.startswith(MERGED)), *kept]
        return later.model_copy(
            update={
                "observed_until": max(later.observed_until, earlier.observed_until, key=parse_moment),
                "observed_from": observed_from,
                "exports": sorted({*later.exports, *earlier.exports}, key=parse_moment),
                "current_only": sorted(history.current_only),
                "history_from": dict(sorted(history.since.items())),
                "rejected": self.staging.all_rejects.counts(),
                "skipped": dict(sorted((earlier.skipped | later.skipped).items())),
                "notes": list(dict.fromkeys(notes)),
            }
        )

    def _note(self, texts: list[str]) -> None:
        self.notes.extend(MERGED + text for text in texts)

    def _replace(self, table: str, select: str) -> None:
        self.staging.connection.execute(f"CREATE TABLE merged_{table} AS {select}")
        self.staging.connection.execute(f"DROP TABLE accepted_{table}")
        self.staging.connection.execute(f"ALTER TABLE merged_{table} RENAME TO accepted_{table}")

    def _leads(self, later: Manifest) -> None:
        # known_leads reads accepted_leads, which is about to be another table.
        self.staging.connection.execute("DROP VIEW known_leads")
        self._replace(
            "leads",
            """SELECT lead_id, coalesce(l.account_id, e.account_id) AS account_id,
                least(l.created_at, e.created_at) AS created_at
            FROM later_leads l FULL JOIN earlier_leads e USING (lead_id)""",
        )
        gone = self.staging.count("earlier_leads", "lead_id NOT IN (SELECT lead_id FROM later_leads)")
        shared = self.staging.count("earlier_leads") - gone
        if shared == 0:
            self._note([f"the export of {later.extracted_at} shares no lead with what was known before."])
        elif gone:
            self._note([f"leads that the export of {later.extracted_at} no longer holds: {gone}; they stay."])

    def _events(self, later: Manifest) -> None:
        columns = ("lead_id", "kind", "at", "known_at", "channel", "campaign", "value")
        differs = " OR ".join(f'l."{column}" IS DISTINCT FROM e."{column}"' for column in columns)
        query = f"SELECT count(*) FROM later_events l JOIN earlier_events e USING (event_id) WHERE {differs}"
        differing = self.staging.rows(query)[0][0]
        if differing:
            self._note(
                [f"events that the export of {later.extracted_at} tells otherwise: {differing}; it is believed."]
            )
        self._union("events", ("event_id",))

    def _opportunities(self) -> None:
        # An opportunity of several leads has a row for each, <id>:<lead>; while it had one or none, <id> alone.
        record = """CASE WHEN ends_with(opportunity_id, ':' || lead_id)
            THEN left(opportunity_id, -1 - len(lead_id)) ELSE opportunity_id END"""
        self.staging.connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE told_again AS SELECT e.opportunity_id
            FROM (SELECT *, {record} AS record FROM earlier_opportunities) e
            JOIN (SELECT *, {record} AS record FROM later_opportunities) l
            ON l.record = e.record AND l.lead_id = coalesce(e.lead_id, l.lead_id)"""
        )
        again = "e.opportunity_id IN (SELECT opportunity_id FROM told_again)"
        self._union("opportunities", ("opportunity_id",), f"NOT {again}")

    def _union(self, table: str, key: tuple[str, ...], condition: str = "true") -> None:
        """Take the later export's rows, and the earlier's whose key it has not."""
        same = " AND ".join(f'l."{column}" = e."{column}"' for column in key)
        self._replace(
            table,
            f"""FROM later_{table} UNION ALL BY NAME
            SELECT e.* FROM earlier_{table} e ANTI JOIN later_{table} l ON {same} WHERE {condition}""",
        )

    def _leave_orphans(self) -> None:
        """Leave out what is of an account that no lead has any more, since its leads now belong to another."""
        orphan = "NOT IN (SELECT account_id FROM accepted_leads WHERE account_id IS NOT NULL)"
        for table, condition in (
            ("attributes", f"entity = 'account' AND entity_id {orphan}"),
            ("opportunities", f"lead_id IS NULL AND account_id {orphan}"),
        ):
            rows = self.staging.count(f"accepted_{table}", condition)
            if rows:
                self._note([f"{table} of accounts that no lead belongs to any more: {rows}; they are left out."])
                self.staging.connection.execute(f"DELETE FROM accepted_{table} WHERE {condition}")

    def _observed_from(self, later: Manifest, earlier: Manifest) -> dict[str, str]:
        found, holes = dict(earlier.observed_from) | dict(later.observed_from), []
        for kind in earlier.observed_from.keys() & later.observed_from.keys():
            firsts = (earlier.observed_from[kind], later.observed_from[kind])
            if parse_moment(firsts[1]) <= parse_moment(earlier.observed_until):
                found[kind] = min(firsts, key=parse_moment)
            else:
                holes.append(f"{kind} to {firsts[1]}")
        if holes:
            self._note(
                [
                    f"nothing is known from {earlier.observed_until} on of {', '.join(sorted(holes))}; "
                    "each of these kinds counts as observed only from then on."
                ]
            )
        missing = sorted(earlier.observed_from.keys() - later.observed_from.keys())
        if missing:
            self._note(
                [
                    f"the export of {later.extracted_at} holds nothing of {', '.join(missing)}; if it did not "
                    f"export them, nothing is known of them after {earlier.observed_until}."
                ]
            )
        return dict(sorted(found.items()))


def _age(manifest: Manifest) -> tuple[int, int]:
    return parse_moment(manifest.extracted_at), parse_moment(manifest.observed_until)
