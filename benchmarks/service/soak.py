"""Mixed load for half an hour: does memory grow, do answers slow down? ``python -m benchmarks.service.soak``.

Seven in ten requests score a whole lead, the others score leads by id, tell events, and score twenty at once.
Every ten seconds the worker's memory and the times of the single scores are noted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import uvloop
from matplotlib.figure import Figure

from benchmarks.page import write_section
from benchmarks.service.lead import lead_with_events
from benchmarks.service.load import post
from benchmarks.service.servers import POWER, commands, memory, prepare, start
from features.facts.clock import MINUTE, format_moment
from leadquality.console import errors, out
from models.lead_model import LeadModel
from serving.settings import now

if TYPE_CHECKING:
    import psutil

DOCS = Path(__file__).resolve().parents[2] / "docs"
#: Seconds between two notes, and leads that are told of before the load begins.
EVERY, KNOWN = 10.0, 200
#: Leads that events are told of and that are scored by id: so many that none has many at the end.
PEOPLE, AT_ONCE = 20_000, 300
CONNECTIONS = 8


@dataclass
class Notes:
    """What was seen at each note: minutes since the start, bytes, and the single scores' p50 and p99 in ms."""

    minutes: list[float] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    asked: int = 0

    def thirds(self, values: list[float] | list[int]) -> tuple[float, float]:
        """Return the median of the first third, after one tenth to warm up, and that of the last."""
        kept = np.array(values[len(values) // 10 :], np.float64)
        third = max(1, len(kept) // 3)
        return float(np.median(kept[:third])), float(np.median(kept[-third:]))


class Load:
    """The requests of a mixed load, by lot."""

    def __init__(self, model: LeadModel, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.kinds = model.manifest.kinds
        self.leads = [lead_with_events(model, 50, i) | {"lead_id": f"L-{i}"} for i in range(KNOWN)]
        self.whole = [post(json.dumps(lead).encode()) for lead in self.leads]
        self.events = 0

    def told(self) -> list[bytes]:
        """Return the requests that tell of the leads, before anything else."""
        keys = ("lead_id", "created_at", "attributes")
        people = [{key: self.leads[i % KNOWN][key] for key in keys} | {"lead_id": f"P-{i}"} for i in range(PEOPLE)]
        parts = [people[i : i + AT_ONCE] for i in range(0, PEOPLE, AT_ONCE)]
        return [post(json.dumps({"leads": part}).encode(), "/v1/leads") for part in parts]

    def next(self) -> tuple[bool, bytes]:
        """Return whether the next request is a single score of a whole lead, and the request."""
        lot = self.rng.random()
        number = int(self.rng.integers(KNOWN))
        if lot < 0.7:
            return True, self.whole[number]
        if lot < 0.85:
            return False, post(json.dumps({"lead_id": self._person()}).encode())
        if lot < 0.95:
            return False, post(json.dumps({"events": [self._event()]}).encode(), "/v1/events")
        batch = [self.leads[int(i)] for i in self.rng.integers(KNOWN, size=20)]
        return False, post(json.dumps({"leads": batch}).encode(), "/v1/score/batch")

    def _person(self) -> str:
        return f"P-{self.rng.integers(PEOPLE)}"

    def _event(self) -> dict[str, str]:
        self.events += 1
        kind = str(self.rng.choice(self.kinds))
        at = format_moment(now() - MINUTE)
        return {"event_id": f"soak-{self.events}", "lead_id": self._person(), "kind": kind, "at": at}


async def ask_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> float:
    """Return the milliseconds that one request took; everything but 200 ends the measurement."""
    since = time.perf_counter()
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    body = await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))
    if not head.startswith(b"http/1.1 200"):
        raise SystemExit(f"answered {head.decode()}{body.decode()[:500]}")
    return (time.perf_counter() - since) * 1000


async def soak(port: int, server: psutil.Process, load: Load, minutes: float) -> Notes:
    """Ask for so many minutes, and note."""
    notes, times = Notes(), []
    teller = await asyncio.open_connection("127.0.0.1", port)
    for request in load.told():
        await ask_once(*teller, request)
    began = time.perf_counter()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < began + 60 * minutes:
            single, request = load.next()
            took = await ask_once(reader, writer, request)
            notes.asked += 1
            if single:
                times.append(took)
        writer.close()

    async def note() -> None:
        while True:
            await asyncio.sleep(EVERY)
            notes.minutes.append((time.perf_counter() - began) / 60)
            notes.size.append(memory(server))
            notes.p50.append(float(np.quantile(times, 0.5)))
            notes.p99.append(float(np.quantile(times, 0.99)))
            times.clear()

    noting = asyncio.create_task(note())
    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    noting.cancel()
    return notes


def picture(notes: Notes) -> Figure:
    """Return memory and times over the minutes."""
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    upper.plot(notes.minutes, np.array(notes.size) / 1e6, color="#1d4ed8")
    upper.set_ylabel("memory of the worker, MB")
    upper.set_ylim(0, None)
    lower.plot(notes.minutes, notes.p50, color="#1d4ed8", label="half of the single scores")
    lower.plot(notes.minutes, notes.p99, color="#b45309", label="99 of 100")
    lower.set_ylabel("answered within, ms")
    lower.set_ylim(0, None)
    lower.set_xlabel("minutes")
    lower.legend(frameon=False, loc="upper right")
    return figure


def main() -> None:
    """Start one worker with its ledger, ask, and say what became of memory and times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--write", action="store_true", help="put section and picture into docs/")
    given = parser.parse_args()
    mpl.use("agg")
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        path = prepare(None, folder)
        port, server = start(stack, commands(folder)[POWER], path)
        errors.print(f"asking for {given.minutes:g} minutes ...")
        notes = uvloop.run(soak(port, server, Load(LeadModel.load(path)), given.minutes))
    size, p50, p99 = (notes.thirds(values) for values in (notes.size, notes.p50, notes.p99))
    said = (
        f"`python -m benchmarks.service.soak --minutes {given.minutes:g}`: {notes.asked:,} requests over "
        f"{CONNECTIONS} connections. First third against last, after a tenth to warm up: memory of the worker "
        f"{size[0] / 1e6:.0f} and {size[1] / 1e6:.0f} MB, half of the single scores within {p50[0]:.1f} and "
        f"{p50[1]:.1f} ms, 99 of 100 within {p99[0]:.1f} and {p99[1]:.1f} ms."
    )
    out.print(said, markup=False)
    if given.write:
        picture(notes).savefig(DOCS / "images" / "soak.png", dpi=120)
        text = f"## Half an hour of mixed load\n\n{said}\n\n![Memory and times](images/soak.png)\n"
        write_section(DOCS / "benchmarks_service.md", text)


if __name__ == "__main__":
    main()
