"""Peak memory of importing a big Salesforce export: it must be that of a limit, not that of the data.

    python -m benchmarks.import_memory [--leads 300000] [--tasks 7000000] [--bad 0]

Writes an export to a temporary folder (Lead, Task and Event; every tenth lead converted, its activities under the
contact's id), imports it with the command line in a process of its own, and prints the export's size, the time
and the most memory that the process ever held. ``--bad`` adds so many tasks whose time cannot be read.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

_GB = 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=300_000)
    parser.add_argument("--tasks", type=int, default=7_000_000)
    parser.add_argument("--bad", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leadquality-benchmark-") as name:
        export, data = Path(name) / "export", Path(name) / "data"
        write_export(export, given.leads, given.tasks, given.bad)
        size = sum(file.stat().st_size for file in export.iterdir()) / _GB
        print(
            f"export: {size:.2f} GB, {given.leads:,} leads, {given.tasks:,} tasks, {given.bad:,} of them at fault"
        )
        command = [
            sys.executable,
            "-m",
            "leadquality.cli",
            "import",
            "salesforce",
            str(export),
            "--into",
            str(data),
        ]
        began = time.perf_counter()
        subprocess.run([*command, "--allow-rejected"], check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / _GB
        print(f"import: {seconds:.0f} s, at most {peak:.2f} GB of memory, {peak / size:.2f} of the export's size")
        written = {file.name: file.stat().st_size / 1e6 for file in sorted(data.glob("*.parquet"))}
        print("written: " + ", ".join(f"{file} {megabytes:.0f} MB" for file, megabytes in written.items()))


def write_export(folder: Path, leads: int, tasks: int, bad: int) -> None:
    """Write Lead.csv, Task.csv and Event.csv, every value quoted as Data Loader does."""
    folder.mkdir()
    connection = duckdb.connect()
    connection.execute("SET memory_limit = '2GB'")
    connection.execute(f"SET temp_directory = '{folder.parent}'")
    number = "lpad(upper(to_base({0}, 36)), 7, '0')"
    stamp = "strftime(TIMESTAMP '2023-01-01' + to_seconds({0}), '%Y-%m-%dT%H:%M:%S.000Z')"
    # A lead is created within two years; what it does comes within the half year after.
    created = "(hash({0}) % 63072000)::BIGINT"
    done = f"{created.format(f'(hash(i + 7) % {leads})::BIGINT')} + 60 + (hash(i + 13) % 15552000)::BIGINT"
    who = f"(hash(i + 7) % {leads})::BIGINT"
    of = f"CASE WHEN {who} % 10 = 0 THEN '003' ELSE '00Q' END || '5g0000' || {number.format(who)}"
    kind = "['Call', 'Email', 'Web Visit', 'Demo'][1 + i % 4]"
    subject = "'Subject of this activity, number ' || i"
    tables = {
        "Lead": f"""SELECT '00Q5g0000' || {number.format("i")} AS Id, 'false' AS IsDeleted,
            'Company ' || i // 3 AS Company,
            'p' || i || '@firm' || i // 3 || '.com' AS Email, 'Manager' AS Title, 'Web' AS LeadSource,
            {stamp.format(created.format("i"))} AS CreatedDate, (i % 10 = 0)::VARCHAR AS IsConverted,
            CASE WHEN i % 10 = 0 THEN '0035g0000' || {number.format("i")} END AS ConvertedContactId,
            CASE WHEN i % 20 = 0 THEN '0065g0000' || {number.format("i")} END AS ConvertedOpportunityId,
            CASE WHEN i % 10 = 0 THEN left({stamp.format(created.format("i") + " + 15552000")}, 10) END
                AS ConvertedDate FROM range({leads}) t(i)""",
        "Task": f"""SELECT '00T5g0000' || {number.format("i")} AS Id, {of} AS WhoId, {subject} AS Subject,
            'Completed' AS Status, {kind} AS "Type", 'true' AS IsClosed,
            '2030-01-01' AS ActivityDate, CASE WHEN i >= {bad} THEN {stamp.format(done)} END AS CompletedDateTime,
            CASE WHEN i < {bad} THEN 'yesterday' ELSE {stamp.format(done)} END AS CreatedDate,
            {stamp.format(done)} AS LastModifiedDate,
            'Notes taken down at length by whoever was there.' AS Description
            FROM range({tasks}) t(i)""",
        "Event": f"""SELECT '00U5g0000' || {number.format("i")} AS Id, {of} AS WhoId, {subject} AS Subject,
            {stamp.format(done)} AS StartDateTime, {stamp.format(done)} AS CreatedDate
            FROM range({tasks // 10}) t(i)""",
    }
    for name, select in tables.items():
        connection.execute(f"COPY ({select}) TO '{folder / name}.csv' (HEADER, FORCE_QUOTE *)")


if __name__ == "__main__":
    main()
