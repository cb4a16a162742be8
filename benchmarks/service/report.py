"""The table of the service's speed, for the terminal and for docs/."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table

from benchmarks.service.servers import ECHO, PLAIN
from leadquality.console import out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.service.load import Load

HEADING = ("connections", "server", "a second", "of the echo", "p50 ms", "p99 ms", "p99.9 ms", "of the echo's p99")
_QUANTILES = (0.5, 0.99, 0.999)


def table_rows(loads: dict[tuple[int, str], Load]) -> Iterator[list[str]]:
    """Yield a line for each number of connections and server."""
    for (connections, arm), load in loads.items():
        echo = loads[connections, ECHO]
        times = [f"{load.quantile(share):.2f}" for share in _QUANTILES]
        ratio = load.quantile(0.99) / echo.quantile(0.99)
        yield [str(connections), arm, f"{load.rate:,.0f}", f"{load.rate / echo.rate:.2f}", *times, f"{ratio:.1f}"]


def print_table(loads: dict[tuple[int, str], Load], sizes: dict[str, int], parts: dict[str, float]) -> None:
    """Print the table, memory, and the parts of a score."""
    table = Table(title="Explained scores over HTTP", box=SIMPLE, padding=0)
    for name in HEADING:
        table.add_column(name, justify="left" if name == "server" else "right")
    for cells in table_rows(loads):
        table.add_row(*cells)
    out.print(table)
    for arm, size in sizes.items():
        out.print(f"{arm}: {size / 1e6:,.0f} MB, largest process")
    for name, microseconds in parts.items():
        out.print(f"{microseconds:7.0f} us  {name}")


def section(
    loads: dict[tuple[int, str], Load],
    sizes: dict[str, int],
    parts: dict[str, float],
    size: int,
    events: int,
) -> str:
    """Return the section of docs/benchmarks_service.md."""
    against_plain = [
        f"{loads[key].rate / loads[key[0], PLAIN].rate:.1f} at {key[0]}"
        for key in loads
        if key[1].startswith("ours, ledger outlives a power")
    ]
    lines = [
        "## Explained scores over HTTP",
        "",
        f"`python -m benchmarks.service` on {platform.system()} {platform.machine()}: one worker each, asked in "
        f"turn over loopback by one Python process on the same cores; 500 leads, each with {events} "
        f"events, {size:,} bytes of JSON. The echo parses the same JSON and sends it back. Read the ratios.",
        "",
        f"| {' | '.join(HEADING)} |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(f"| {' | '.join(cells)} |" for cells in table_rows(loads)),
        "",
        f"Times the rate of {PLAIN}, with the ledger that outlives a power cut: {', '.join(against_plain)} "
        "connections.",
        "",
        "Memory of the largest process: "
        + "; ".join(f"{arm} {size / 1e6:,.0f} MB" for arm, size in sizes.items())
        + ".",
        "",
        "Where the time of a score goes in the process, median microseconds; the rest is HTTP, the event loop, "
        "and waiting for the ledger's disk:",
        "",
        "| microseconds | step |",
        "| ---: | --- |",
        *(f"| {microseconds:.0f} | {name} |" for name, microseconds in parts.items()),
        "",
    ]
    return "\n".join(lines)
