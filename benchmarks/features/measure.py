"""One engine in a process of its own: seconds and peak memory, the matrix left on disk for comparison.

``python -m benchmarks.features.measure ENGINE FOLDER OUT [TIMES]``

The least of several runs in the one process is taken, the same for every engine: on a virtual machine the first
touch of memory that its host has not handed out yet costs more than the work, by an amount that varies.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

#: Engine: module and function.
ENGINES = {
    "ours": ("ours", "from_dataset"),
    "ours, sort included": ("ours", "from_raw"),
    "DuckDB SQL": ("duckdb_sql", "run"),
    "DuckDB SQL, sort included": ("duckdb_sql", "run_raw"),
    "Polars": ("polars_lazy", "run_in_memory"),
    "Polars, streaming": ("polars_lazy", "run"),
    "pandas": ("pandas_frames", "run"),
    "featuretools": ("featuretools_dfs", "run"),
}


def main() -> None:
    """Run one engine and print a line of JSON."""
    engine, folder, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    times = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    name, function = ENGINES[engine]
    module = importlib.import_module(f"benchmarks.features.{name}")
    if hasattr(module, "warm_up"):
        module.warm_up(folder)
    run = getattr(module, function)
    seconds = float("inf")
    for _ in range(times):
        matrix = None
        began = time.perf_counter()
        matrix = run(folder)
        seconds = min(seconds, time.perf_counter() - began)
    peak = _peak_bytes()
    np.save(out, matrix)
    sys.stdout.write(json.dumps({"seconds": seconds, "peak_bytes": peak, "rows": len(matrix)}) + "\n")


def _peak_bytes() -> int:
    # getrusage's figure starts from that of the process that started this one.
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
