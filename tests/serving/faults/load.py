"""Load on a server: keep-alive connections that score new leads and tell events, and what they were told."""

from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import dataclass, field

from sqlalchemy import text


@dataclass
class Load:
    """What was asked and acknowledged. ``failed`` holds every answer but 200, and every connection that broke."""

    port: int
    threads: int = 4
    receipts: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    versions: list[str] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def __enter__(self):
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(self.threads)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        for thread in self._threads:
            thread.join(60)

    @property
    def answered(self) -> int:
        return sum(self.statuses.values())

    def wait_for(self, more: int, seconds: float = 60) -> None:
        """Wait until so many further leads were scored."""
        wanted, until = len(self.versions) + more, time.monotonic() + seconds
        while len(self.versions) < wanted:
            assert time.monotonic() < until, (self.statuses, self.failed[-5:])
            time.sleep(0.02)

    def _run(self, thread: int) -> None:
        connection, i = None, 0
        while not self._ended.is_set():
            i += 1
            name = f"{thread}-{i}-{time.time_ns()}"
            lead = {"lead_id": f"L{name}", "created_at": "2026-05-01T00:00:00Z"}
            asked = [("/v1/score", lead)]
            if i % 3 == 0:
                event = {"event_id": f"E{name}", "lead_id": f"L{name}", "kind": "web_visit"}
                asked.append(("/v1/events", {**event, "at": "2026-05-02T00:00:00Z"}))
            for path, body in asked:
                try:
                    connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                    self._ask(connection, path, body)
                except (OSError, http.client.HTTPException) as error:
                    with self._lock:
                        self.failed.append(repr(error))
                    if connection is not None:
                        connection.close()
                    connection = None
                    time.sleep(0.05)
        if connection is not None:
            connection.close()

    def _ask(self, connection, path, body) -> None:
        since = time.monotonic()
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = json.loads(response.read())
        took = time.monotonic() - since
        with self._lock:
            self.slowest = max(self.slowest, took)
            self.statuses[response.status] = self.statuses.get(response.status, 0) + 1
            if response.status != 200:
                self.failed.append(f"{path}: {response.status} {content}")
            elif path == "/v1/score":
                self.receipts.add(content["receipt_id"])
                self.versions.append(content["model_version"])
            else:
                self.events.add(body["event_id"])


def assert_all_kept(ledger, load) -> None:
    """Every acknowledged receipt and event is in the ledger, and none is there twice."""

    def ids(connection, query):
        return [row[0] for row in connection.execute(text(query))]

    receipts = ledger.read(lambda connection: ids(connection, "SELECT receipt_id FROM receipts"))
    events = ledger.read(lambda connection: ids(connection, "SELECT event_id FROM event_facts"))
    assert load.receipts - set(receipts) == set()
    assert load.events - set(events) == set()
    assert len(receipts) == len(set(receipts))
    assert len(events) == len(set(events))
    assert load.receipts
    assert load.events
