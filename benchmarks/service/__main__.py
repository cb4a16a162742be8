"""What an explained score costs over HTTP, beside a bare echo and beside BentoML as it comes.

Trains a small model first; ``--model FOLDER`` takes a saved one. All servers run at once and are asked in turn, so
that what else the machine does falls on all of them: read the ratios, not the milliseconds.
"""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.page import write_section
from benchmarks.service.lead import lead_with_events
from benchmarks.service.load import Load, ask, joined, post
from benchmarks.service.parts import parts_of_a_score
from benchmarks.service.report import print_table, section
from benchmarks.service.servers import commands, memory, prepare, start
from leadquality.console import errors, out
from models.lead_model import LeadModel

CONNECTIONS = (1, 16, 64)
#: Different leads that are asked for in turn, so that nothing is kept of one that another could use.
LEADS = 500
PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks_service.md"


def measure(
    ports: dict[str, int], requests: list[bytes], rounds: int, seconds: float
) -> dict[tuple[int, str], Load]:
    """Return the load of every server at every number of connections."""
    found: dict[tuple[int, str], Load] = {}
    for connections in CONNECTIONS:
        every: dict[str, list[Load]] = {arm: [] for arm in ports}
        for _ in range(rounds):
            for arm, port in ports.items():
                every[arm].append(ask(port, requests, connections, seconds))
        found |= {(connections, arm): joined(loads) for arm, loads in every.items()}
    return found


def main() -> None:
    """Start the servers, ask them, print the table and where a score's time goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="folder of a saved model; without it a small one is trained")
    parser.add_argument("--events", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--write", type=Path, nargs="?", const=PAGE, help="put the section into docs/")
    given = parser.parse_args()
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        errors.print("preparing the model and starting the servers ...")
        path = prepare(given.model, folder)
        model = LeadModel.load(path)
        started = {arm: start(stack, command, path) for arm, command in commands(folder).items()}
        leads = [lead_with_events(model, given.events, i) | {"lead_id": f"L-{i}"} for i in range(LEADS)]
        bodies = [json.dumps(lead).encode() for lead in leads]
        body, requests = bodies[0], [post(one) for one in bodies]
        ports = {arm: port for arm, (port, _) in started.items()}
        for port in ports.values():
            ask(port, requests, 4, 0.5)
        loads = measure(ports, requests, given.rounds, given.seconds)
        sizes = {arm: memory(process) for arm, (_, process) in started.items()}
    parts = parts_of_a_score(model, body)
    print_table(loads, sizes, parts)
    if given.write:
        write_section(given.write, section(loads, sizes, parts, len(body), given.events))
        out.print(str(given.write))


if __name__ == "__main__":
    main()
