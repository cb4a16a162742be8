"""The benchmark's table and plot, in words that can stand in docs/."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = """# Benchmarks

Written by `python -m benchmarks.features --write` on {machine}, {cores} cores. Ten kinds of events, 50 events a
lead, three moments a lead: counts in 7, 30 and 90 days and days since the last event, 40 features. Every engine
reads the same Parquet files in a process of its own and is timed end to end after its imports, the least of three
runs in that process; memory is its peak. All give the same numbers. `ours` reads the imported dataset; What
says `sort included` starts from the events in random order (ours: `History.from_unsorted`); the others read them
sorted. featuretools takes a pass a window and a cutoff at a time, so it gets the small sizes.

"""

_FOOT = """

Seconds, times ours of the same size, and peak memory. The exponent is the slope of log seconds over log
events from 200,000 events on: 1 is proportional.

![Seconds over events](images/benchmarks.png)

"""


def line(result: dict[str, Any], base: dict[str, Any]) -> str:
    """Return one engine's figures beside ours of the same size."""
    if "failed" in result:
        return f"  {result['engine']:25} {result['events']:>11,} events   failed: {result['failed']}"
    ratio = result["seconds"] / base["seconds"]
    same = "same numbers" if result["same"] else "DIFFERENT NUMBERS"
    return (
        f"  {result['engine']:25} {result['events']:>11,} events   {result['seconds']:8.2f} s   "
        f"{ratio:6.1f} times ours   {result['peak_bytes'] / 1e9:5.2f} GB   {same}"
    )


def one_lead_line(single: dict[str, float]) -> str:
    """Return the single-lead figures in a sentence."""
    ratio = single["DuckDB SQL"] / single["ours"]
    return (
        f"One lead with 50 events, after decoding: {single['ours'] * 1e6:.0f} us; the same through DuckDB takes "
        f"{ratio:,.0f} times as long."
    )


def write(results: list[dict[str, Any]], single: dict[str, float], docs: Path) -> None:
    """Write ``benchmarks.md`` and ``images/benchmarks.png``."""
    sizes = sorted({r["events"] for r in results})
    engines = list(dict.fromkeys(r["engine"] for r in results))
    rows = [
        "| engine | " + " | ".join(f"{size:,} events" for size in sizes) + " | exponent |",
        "| --- | " + " | ".join("---" for _ in sizes) + " | --- |",
    ]
    for engine in engines:
        cells = [_cell(results, engine, size) for size in sizes]
        rows.append(f"| {engine} | {' | '.join(cells)} | {_exponent(results, engine)} |")
    text = _HEAD.format(machine=f"{platform.system()} {platform.machine()}", cores=os.cpu_count())
    text += "\n".join(rows) + _FOOT + one_lead_line(single) + "\n"
    (docs / "benchmarks.md").write_text(text, encoding="utf-8")
    _plot(results, engines, docs / "images" / "benchmarks.png")


def _cell(results: list[dict[str, Any]], engine: str, size: int) -> str:
    found = [r for r in results if r["engine"] == engine and r["events"] == size]
    if not found:
        return "not run"
    if "failed" in found[0]:
        return "failed"
    base = next(r for r in results if r["engine"] == "ours" and r["events"] == size)
    ratio = found[0]["seconds"] / base["seconds"]
    times = "" if engine == "ours" else f", {ratio:.1f}x"
    return f"{found[0]['seconds']:.2f} s{times}, {found[0]['peak_bytes'] / 1e9:.2f} GB"


def _exponent(results: list[dict[str, Any]], engine: str) -> str:
    points = [(r["events"], r["seconds"]) for r in results if r["engine"] == engine and r.get("seconds")]
    points = [point for point in points if point[0] >= 200_000]
    if len(points) < 2:
        return ""
    events, seconds = np.log(np.array(points)).T
    return f"{np.polyfit(events, seconds, 1)[0]:.2f}"


def _plot(results: list[dict[str, Any]], engines: list[str], path: Path) -> None:
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    for engine in engines:
        points = [(r["events"], r["seconds"]) for r in results if r["engine"] == engine and r.get("seconds")]
        weight = 2.5 if engine.startswith("ours") else 1.2
        axes.plot(*zip(*points, strict=True), marker="o", markersize=4, linewidth=weight, label=engine)
    axes.set(xscale="log", yscale="log", xlabel="events", ylabel="seconds, end to end from Parquet")
    axes.set_title("40 windows at three moments a lead", loc="left", fontsize=11)
    axes.grid(which="major", alpha=0.3)
    axes.legend(frameon=False, fontsize=9)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=110)
