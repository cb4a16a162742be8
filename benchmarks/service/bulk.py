"""A million leads scored with their reasons, from Parquet to Parquet: ``python -m benchmarks.service.bulk``.

Simulates a market large enough (``--data`` takes one that is there), trains a small model, and runs
``leadquality score`` as a process of its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from benchmarks.page import write_section
from benchmarks.service.servers import prepare, registry
from features.simulation import import_simulated
from leadquality.console import errors, out

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks_service.md"


def main() -> None:
    """Make the market, score it, and say how long it took and how much memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=1_150_000, help="of whom about 87 % are open at the end")
    parser.add_argument("--data", type=Path, help="dataset folder instead")
    parser.add_argument("--write", type=Path, nargs="?", const=PAGE, help="put the section into docs/")
    given = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        if given.data is None:
            errors.print(f"simulating {given.leads:,} leads ...")
            import_simulated(given.leads, 11, folder / "market")
        prepare(None, folder)
        scores = folder / "scores.parquet"
        data = given.data or folder / "market"
        command = ["leadquality", "score", str(data), "--as-of", "now", "-o", str(scores)]
        since = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", *command, "--tracking-uri", registry(folder)], check=False)
        if done.returncode != 0:
            raise SystemExit(done.returncode)
        seconds = time.perf_counter() - since
        rows, size = pq.read_metadata(scores).num_rows, scores.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9
    said = (
        f"`python -m benchmarks.service.bulk`: {rows:,} open leads scored with intervals, points and reasons, "
        f"in {seconds:,.0f} s from start to file, {rows / seconds:,.0f} a second; at most {peak:.1f} GB "
        f"of memory; a Parquet file of {size / 1e6:,.0f} MB."
    )
    out.print(said, markup=False)
    if given.write:
        write_section(given.write, f"## A million leads at once\n\n{said}\n")


if __name__ == "__main__":
    main()
