"""Time, memory and findings of the audit on a made-up market of any size, with one leak planted.

``python -m benchmarks.audit_scale --leads 1000000``. The data are made in a temporary folder and thrown away: 20
events and 20 versions of attributes a lead, in the order of their tables. ``lead.verdict`` is planted: filled in
because of the outcome.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import duckdb

from features.audit import audit_dataset
from features.facts import Dataset
from features.facts.dataset import Manifest, digest_of
from features.facts.schema import TABLES
from leadquality.console import out

_KINDS = "['visit', 'form', 'email_open', 'email_click', 'call', 'webinar']"

#: Attributes with one version, as SQL over a row of ``people``; then those with several, and how many.
_ONCE = {
    "industry": "'industry ' || (u3 * 20)::INTEGER",
    "country": "'country ' || (u4 * 40)::INTEGER",
    "source": "CASE WHEN u5 < 0.05 AND quality > 0 THEN 'referral' ELSE 'source ' || (u5 * 9)::INTEGER END",
    "title": "'title ' || (u6 * u3 * 2000)::INTEGER",
    "employees": "floor(exp(4 + 1.5 * quality + u7))::BIGINT::VARCHAR",
    "email": "'p' || i || '@example.com'",
    "verdict": "CASE WHEN y AND u7 < 0.7 THEN 'plan ' || (u6 * 4)::INTEGER END",
}
_MANY = {"score": 6, "stage": 4, "owner": 3}


def make(leads: int, folder: Path) -> Dataset:
    """Write a dataset of so many leads into ``folder``."""
    uniform = ", ".join(f"(hash(i, {k}) % 1000003) / 1000003.0 AS u{k}" for k in range(1, 10))
    start = "TIMESTAMPTZ '2024-01-01'"
    with duckdb.connect() as connection:
        run = connection.execute
        run("SET TimeZone = 'UTC'")
        run("SET memory_limit = '3GB'")
        run(f"SET temp_directory = '{folder}'")
        run(
            f"""CREATE TABLE people AS SELECT *, 'L' || lpad(i::VARCHAR, 8, '0') AS lead_id,
                'A' || lpad((i // 2)::VARCHAR, 8, '0') AS account_id,
                {start} + to_microseconds((u9 * 540 * 86400000000)::BIGINT) AS created_at,
                u8 < 1 / (1 + exp(3.4 - 0.9 * quality)) AS y
            FROM (SELECT *, sqrt(-2 * ln(u1 * 0.999 + 0.0005)) * cos(6.283185 * u2) AS quality
                FROM (SELECT i, {uniform} FROM range({leads}) r(i))) ORDER BY i"""
        )
        wide = ", ".join(f"{{'name': '{name}', 'value': {value}, 'day': 0.0}}" for name, value in _ONCE.items())
        several = " || ".join(
            f"list_transform(range({n}), lambda v: {{'name': '{name}', "
            f"'value': (hash(i, v, '{name}') % {100 if name == 'score' else 7})::VARCHAR, "
            "'day': v * (4.0 + 20 * u4)})"
            for name, n in _MANY.items()
        )
        selects = {
            "leads": "SELECT lead_id, account_id, created_at FROM people ORDER BY i",
            "attributes": f"""SELECT 'lead' AS entity, lead_id AS entity_id, v.name AS name, v.value AS value,
                created_at + to_microseconds((v.day * 86400000000)::BIGINT) AS known_at
                FROM (SELECT i, lead_id, created_at, unnest(list_sort([{wide}] || {several})) AS v FROM people)
                ORDER BY i, v.name, v.day""",
            "events": f"""SELECT 'E' || i || '-' || n AS event_id, lead_id,
                {_KINDS}[1 + (hash(i, n, 1) % 6)::INTEGER] AS kind,
                created_at + to_seconds((hash(i, n, 2) % 7776000)::BIGINT) AS "at", "at" AS known_at,
                NULL::VARCHAR AS channel, NULL::VARCHAR AS campaign, NULL::DOUBLE AS value
                FROM (SELECT i, lead_id, created_at, unnest(range(20)) AS n FROM people) ORDER BY i, "at\"""",
            "opportunities": """SELECT 'O' || i AS opportunity_id, lead_id, account_id,
                created_at + to_microseconds(((15 + 60 * u7) * 86400000000)::BIGINT) AS created_at,
                NULL::DOUBLE AS amount, NULL::TIMESTAMPTZ AS closed_at, NULL::BOOLEAN AS won
                FROM people WHERE y ORDER BY created_at""",
            "verdicts": """SELECT lead_id, created_at AS "at", NULL::VARCHAR AS verdict, NULL::VARCHAR AS reason
                FROM people WHERE false""",
        }
        counts = {}
        for name in TABLES:
            run(f"COPY ({selects[name]}) TO '{folder / name}.parquet' (FORMAT parquet, COMPRESSION zstd)")
            counts[name] = run(f"SELECT count(*) FROM '{folder / name}.parquet'").fetchall()[0][0]
    manifest = Manifest(
        source="made up",
        importer="benchmark",
        importer_version=1,
        extracted_at="2025-10-01T00:00:00Z",
        observed_until="2025-10-01T00:00:00Z",
        counts=counts,
        digest=digest_of(folder),
    )
    (folder / "dataset.json").write_text(manifest.model_dump_json(), encoding="utf-8")
    return Dataset.open(folder)


def main() -> None:
    """Make the data, audit them, and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--data", type=Path, help="an empty folder to keep the data in, or one made before")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leadquality-audit-scale-") as scratch:
        folder = arguments.data or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        dataset = Dataset.open(folder) if (folder / "dataset.json").is_file() else make(arguments.leads, folder)
        begun, spent = time.perf_counter(), time.process_time()

        def step(words: str) -> None:
            out.print(f"{time.perf_counter() - begun:7.1f} s, {time.process_time() - spent:7.1f} s CPU: {words}")

        found = audit_dataset(dataset, step)
        step("done")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    out.print(", ".join(f"{count:,} {name}" for name, count in found.counts.items()))
    out.print(f"peak memory {peak:.2f} GB (making the data counts where they were made here)")
    out.print(f"left out of features: {', '.join(suspect.key for suspect in found.quarantined) or 'nothing'}")


if __name__ == "__main__":
    main()
