"""Windows at moments by several engines in one run: ``python -m benchmarks.features`` (``make bench``).

Every engine reads the same Parquet files in a process of its own, must give the same numbers, and is timed end to
end after its imports; the ratio is what counts, since absolute times depend on the machine. With ``--write`` the
table and the plot go to docs/.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.features import one_lead, report
from benchmarks.features.data import make
from benchmarks.features.measure import ENGINES
from leadquality.console import out

#: Largest number of events that an engine is given: beyond it memory or patience runs out.
LARGEST = {"featuretools": 200_000, "pandas": 2_000_000}
ROOT = Path(__file__).parents[2]
# Its data layer does not know pandas 3.
_FEATURETOOLS = ("featuretools==1.31.0", "pandas<3", "setuptools<81", "pyarrow")


def main() -> None:
    """Make each size once, time every engine on it, compare the numbers, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[20_000, 200_000, 2_000_000, 20_000_000])
    parser.add_argument("--times", type=int, default=3, help="least of so many runs in one process")
    parser.add_argument("--without", nargs="*", default=[], choices=list(ENGINES), help="engines to leave out")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md and its plot")
    arguments = parser.parse_args()
    engines = [engine for engine in ENGINES if engine not in arguments.without]
    results: list[dict[str, Any]] = []
    for events in arguments.events:
        with tempfile.TemporaryDirectory() as folder:
            out.print(f"making {events:,} events ...")
            make(events, Path(folder))
            for engine in engines:
                if events <= LARGEST.get(engine, 10**12):
                    results.append(_measure(engine, events, Path(folder), arguments.times))
                    _say(results)
    single = one_lead.measure()
    out.print(report.one_lead_line(single))
    if arguments.write:
        report.write(results, single, ROOT / "docs")
        out.print("docs/benchmarks.md")


def _measure(engine: str, events: int, folder: Path, times: int) -> dict[str, Any]:
    matrix = folder / f"{engine}.npy"
    command = [_python(engine), "-m", "benchmarks.features.measure", engine, str(folder), str(matrix), str(times)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return {"engine": engine, "events": events, "failed": last[:200]}
    best = json.loads(done.stdout.splitlines()[-1])
    best["same"] = _same(matrix, folder / "ours.npy")
    if engine != "ours":
        matrix.unlink()
    return {"engine": engine, "events": events, **best}


def _same(mine: Path, base: Path) -> bool:
    # Some engines multiply by 1/day where we divide: the last bits may differ.
    return bool(np.allclose(np.load(mine), np.load(base, mmap_mode="r"), rtol=1e-12, atol=0, equal_nan=True))


def _python(engine: str) -> str:
    """Return the interpreter of an engine; featuretools gets an environment of its own."""
    if engine != "featuretools":
        return sys.executable
    folder = ROOT / ".cache" / "featuretools"
    python = folder / "bin" / "python"
    if not python.exists():
        uv = str(Path(sys.executable).parent / "uv")
        subprocess.run([uv, "venv", "--quiet", str(folder)], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), *_FEATURETOOLS], check=True)
    return str(python)


def _say(results: list[dict[str, Any]]) -> None:
    last = results[-1]
    base = next(r for r in results if r["engine"] == "ours" and r["events"] == last["events"])
    out.print(report.line(last, base), markup=False)


if __name__ == "__main__":
    main()
