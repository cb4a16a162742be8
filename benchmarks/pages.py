"""How long a rep waits for the pages: time to first byte with a hundred thousand leads and a million events.

A real ``leadquality serve`` on a ledger made for it: leads of made-up people, told as facts, and each scored twice
by a small model, a week ago and now. Requests follow one another over one connection, as one browser's do. Each is
timed from sending it to the first byte of the answer.

``python -m benchmarks.pages --write`` writes docs/benchmarks_pages.md; ``--keep FOLDER`` keeps the ledger and
finds it again.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias
from urllib.parse import urlencode

import numpy as np

from benchmarks.page import write_section
from benchmarks.service.servers import memory, prepare, registry, start
from features.facts.clock import DAY
from leadquality.console import errors, out
from models.registry import Registry
from serving.filling.score import score_ledger
from serving.ledger import AttributeFact, EventFact, Fact, LeadFact, Ledger, RecordFacts, VerdictFact, open_ledger
from serving.scoring.champion import Champion
from serving.settings import now

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks_pages.md"
LEADS, EVENTS, SEED = 100_000, 10, 1
#: Facts told in one transaction.
CHUNK = 5_000
#: What is sent before a page is asked for: path and body.
Before: TypeAlias = tuple[str, dict[str, str]]
GOALS = {"list": 0.100, "lead": 0.050}
_FIRST = ("Ann", "Bo", "Carla", "Deng", "Eva", "Femi", "Grete", "Hugo", "Ines", "Jun", "Kemal", "Lena")
_LAST = ("Adeyemi", "Berg", "Costa", "Dietz", "Endo", "Farkas", "Gupta", "Haas", "Ito", "Jansen", "Kovac", "Lund")
_OWNERS = tuple(f"{name} {last}" for name in ("Mia", "Noah", "Olu", "Pia") for last in ("Reed", "Sato", "Toth"))
_TITLES = ("VP Sales", "Director of Operations", "IT Manager", "Analyst", "Head of Procurement", "Student", "CTO")
_INDUSTRIES = ("Software", "Manufacturing", "Healthcare", "Logistics", "Retail", "Financial Services")


@dataclass(frozen=True)
class Waits:
    """Seconds to the first byte of each request, and to the last."""

    name: str
    kind: str
    first: np.ndarray
    whole: np.ndarray

    def row(self) -> list[str]:
        """Return the table's cells."""
        figures = [*np.quantile(self.first, (0.5, 0.95)), self.first.max(), np.median(self.whole)]
        goal = f"{GOALS[self.kind] * 1000:.0f}" if self.kind in GOALS else ""
        return [self.name, f"{len(self.first):,}", *(f"{1000 * value:.1f}" for value in figures), goal]


def fill(ledger: Ledger, kinds: tuple[str, ...], n_leads: int, n_events: int, until: int) -> None:
    """Tell the ledger of leads, companies, events and a few verdicts, all known before ``until``."""
    draw = random.Random(SEED)  # noqa: S311 - no secret
    facts: list[Fact] = []

    def tell(*some: Fact) -> None:
        facts.extend(some)
        if len(facts) >= CHUNK:
            ledger.write(RecordFacts(tuple(facts), "benchmark", until))
            facts.clear()

    for number in range(n_leads):
        lead, account = f"00Q{number:07d}", f"001{number // 4:07d}"
        created = until - draw.randrange(8 * DAY, 120 * DAY)
        name = f"{draw.choice(_FIRST)} {draw.choice(_LAST)}"
        own = {"name": name, "title": draw.choice(_TITLES), "owner": draw.choice(_OWNERS)}
        tell(*(AttributeFact("lead", lead, key, value, created) for key, value in own.items()))
        if number % 4 == 0:
            company = {
                "name": f"{draw.choice(_LAST)} & {draw.choice(_LAST)}",
                "industry": draw.choice(_INDUSTRIES),
            }
            company["employees"] = str(draw.randrange(5, 5_000))
            tell(*(AttributeFact("account", account, key, value, created) for key, value in company.items()))
        for event in range(n_events):
            at = draw.randrange(created, until)
            tell(EventFact(f"e{number}-{event}", lead, draw.choice(kinds), at, at))
        if number % 50 == 0:
            tell(VerdictFact(f"v{number}", lead, until - DAY, draw.choice(("accepted", "rejected", "recycled"))))
        tell(LeadFact(lead, account, created, created))
    ledger.write(RecordFacts(tuple(facts), "benchmark", until))


def prepare_ledger(folder: Path, n_leads: int, n_events: int) -> Path:
    """Return a filled ledger, made where it is not there yet."""
    file, done = folder / f"ledger-{n_leads}-{n_events}.db", folder / f"ledger-{n_leads}-{n_events}.done"
    if done.is_file():
        return file
    model = Registry(registry(folder)).load("champion")
    until = now()
    with open_ledger(str(file), durability="process", patience=120) as ledger:
        errors.print(f"telling {n_leads:,} leads and {n_leads * n_events:,} events ...")
        fill(ledger, model.vocabulary.kinds, n_leads, n_events, until)
        champion = Champion.of(model, until)
        for as_of in (until - 7 * DAY, until):
            errors.print("scoring them ...")
            errors.print(score_ledger(ledger, champion, as_of, now).sentence(model.version), markup=False)
    done.touch()
    return file


class Browser:
    """One connection that is kept, as a browser keeps its own."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str) -> tuple[int, float, float, bytes]:
        """Return status, seconds to the first byte and to the last, and the body."""
        since = time.perf_counter()
        self._connection.request("GET", path, headers={"Accept": "text/html"})
        answer = self._connection.getresponse()
        first = time.perf_counter() - since
        body = answer.read()
        return answer.status, first, time.perf_counter() - since, body

    def post(self, path: str, body: object) -> int:
        """Send JSON, and return the status."""
        self._connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def waits(self, name: str, kind: str, paths: list[str], before: list[Before] | None = None) -> Waits:
        """Ask for pages one after the other; ``before`` each, have a lead scored or an event told."""
        times = []
        for number, path in enumerate(paths):
            if before is not None:
                where, body = before[number % len(before)]
                status = self.post(where, body)
                assert status == 200, (where, status)
            status, first, whole, _ = self.get(path)
            assert status == 200, (path, status)
            times.append((first, whole))
        both = np.array(times)
        return Waits(name, kind, both[:, 0], both[:, 1])


def measure(browser: Browser, n_leads: int, requests: int) -> list[Waits]:
    """Return how long each kind of page takes."""
    draw = random.Random(SEED + 1)  # noqa: S311 - no secret
    ids = [f"00Q{draw.randrange(n_leads):07d}" for _ in range(requests)]
    pages = [f"/?{urlencode({'page': draw.randrange(1, n_leads // 60 + 2)})}" for _ in range(requests)]
    searches = [f"/?{urlencode({'search': f'{n:03d}', 'state': 'all'})}" for n in range(requests // 4)]
    narrowed = [
        "/?" + urlencode({"grade": draw.choice("ABCD"), "owner": draw.choice(_OWNERS), "segment": name})
        for _ in range(requests // 24)
        for name in _INDUSTRIES
    ]
    leads = [f"/lead?{urlencode({'id': one})}" for one in ids]
    accounts = [f"/account?{urlencode({'id': f'001{int(one[3:]) // 4:07d}'})}" for one in ids[: requests // 2]]
    events: list[Before] = [
        (
            "/v1/events",
            {"event_id": f"new-{time.time_ns()}-{i}", "lead_id": one, "kind": "visit", "at": _iso()},
        )
        for i, one in enumerate(ids)
    ]
    scores: list[Before] = [("/v1/score", {"lead_id": one}) for one in ids]
    browser.waits("", "", leads[:30] + pages[:30])
    return [
        browser.waits("Today, the first page", "list", ["/"] * requests),
        browser.waits("Today, any page", "list", pages),
        browser.waits("Today, a filter never asked for before", "list", narrowed),
        browser.waits("Today, a search never asked for before", "list", searches),
        browser.waits("Today, after an event was told", "list", ["/"] * requests, events),
        browser.waits("Today, after a lead was scored", "list", ["/"] * requests, scores),
        browser.waits("Lead", "lead", leads),
        browser.waits("Lead, just scored", "lead", leads, scores),
        browser.waits("Account", "", accounts),
        browser.waits("Card and model", "", ["/card"] * (requests // 4)),
        browser.waits("CSV of all leads", "", ["/today.csv"] * 3),
    ]


def _iso() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))


def first_look(browser: Browser) -> tuple[float, float]:
    """Return the seconds to the first byte of the first page, and until the list is there."""
    since = time.perf_counter()
    status, first, _, _ = browser.get("/")
    while status == 202:
        time.sleep(0.1)
        status, *_ = browser.get("/")
    assert status == 200, status
    return first, time.perf_counter() - since


def section(waits: list[Waits], said: list[str]) -> str:
    """Return the page."""
    heads = ["page", "requests", "p50 ms", "p95 ms", "longest ms", "to the last byte, p50 ms", "goal ms"]
    rows = [heads, ["---", *["---:"] * 6], *(one.row() for one in waits)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return "\n\n".join(["## How long a rep waits", *said[:1], table, *said[1:]]) + "\n"


def main() -> None:
    """Fill a ledger, start the service, ask for its pages, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=LEADS)
    parser.add_argument("--events", type=int, default=EVENTS, help="of each lead")
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--keep", type=Path, help="keep model and ledger in this folder")
    parser.add_argument("--write", type=Path, nargs="?", const=PAGE, help="write the page into docs/")
    given = parser.parse_args()
    with TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = (given.keep or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "mlflow.db").is_file():
            prepare(None, folder)
        ledger = prepare_ledger(folder, given.leads, given.events)
        serve = ["leadquality", "serve", "--tracking-uri", registry(folder), "--ledger", str(ledger)]
        port, process = start(stack, [*serve, "--capacity", "400/week", "--port"], folder / "model")
        browser = Browser(port)
        before = memory(process)
        opened, read = first_look(browser)
        grown = memory(process) - before
        waits = measure(browser, given.leads, given.requests)
        after = memory(process)
    said = [
        f"{given.leads:,} leads, {given.leads * given.events:,} events, {2 * given.leads:,} receipts; one worker, "
        "SQLite, one request after the other. Milliseconds from sending a request to the first byte of its answer "
        "(`python -m benchmarks.pages`).",
        f"The first page after the start comes after {opened:.2f} s and says that the list is being read; "
        f"{read:.1f} s after it was asked for the list is there. The worker grows by {grown / 1e6:,.0f} MB by "
        f"that, from {before / 1e6:,.0f} MB, and has {after / 1e6:,.0f} MB after all of the above.",
    ]
    text = section(waits, said)
    out.print(text, markup=False, soft_wrap=True)
    if given.write:
        write_section(given.write, text)
        out.print(str(given.write))


if __name__ == "__main__":
    main()
