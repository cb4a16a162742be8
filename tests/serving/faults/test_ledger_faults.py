"""Servers that are killed, whose disk is full, whose database goes away: what was acknowledged is there."""

from __future__ import annotations

import os
import resource
import signal
import time
import uuid

import psutil
import psycopg
import pytest

from serving.ledger import open_ledger
from tests.postgres import postgres
from tests.serving.faults.load import Load, assert_all_kept
from tests.serving.live import serving

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def database():
    with postgres() as server:
        name = f"ledger_{uuid.uuid4().hex}"
        with psycopg.connect(server.address().replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        yield server, server.address(name)


def test_killed_during_load_and_the_disk_fills(served_registry, tmp_path):
    address = str(tmp_path / "ledger.db")
    with serving(tmp_path, "--tracking-uri", served_registry, "--workers", "2", "--ledger", address) as live:
        with Load(live.port) as load:
            load.wait_for(30)
            # One worker after the other; BentoML starts each anew.
            for pid in live.workers():
                os.kill(pid, signal.SIGKILL)
                load.wait_for(10, 120)
            live.wait_until(lambda: len(live.workers()) == 2, 120)
            load.wait_for(30, 120)
            kept = len(load.receipts)
            check_full_disk(live, load, address)
            # Everything at once, as when the machine is switched off under it.
            family = [live.process, *psutil.Process(live.process.pid).children(recursive=True)]
            for process in family:
                process.send_signal(signal.SIGKILL)
        assert len(load.receipts) > kept
        with open_ledger(address, create=False) as ledger:
            assert_all_kept(ledger, load)


def check_full_disk(live, load, address) -> None:
    """Let no file grow beyond the ledger's present size; then let it."""
    most = max(os.path.getsize(address), os.path.getsize(f"{address}-wal"))
    for pid in live.workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    live.wait_until(lambda: load.statuses.get(503, 0) > 5, 60)
    status, headers, told = live.ask("/v1/score", {"created_at": "2026-05-02", "lead_id": uuid.uuid4().hex})
    assert status == 503, told
    assert headers["Retry-After"] == "1"
    assert told["hint"]
    assert live.ask("/livez")[0] == 200
    for pid in live.workers():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    load.wait_for(20)


def test_postgresql_is_stopped_and_started(served_registry, tmp_path, database):
    server, address = database
    with serving(tmp_path, "--tracking-uri", served_registry, "--ledger", address) as live:
        assert f"Ledger: postgresql://mlflow@127.0.0.1:{server.port}" in " ".join(live.said)
        with Load(live.port) as load:
            load.wait_for(30)
            server.stop()
            live.wait_until(lambda: load.statuses.get(503, 0) > 3, 60)
            status, headers, told = live.ask("/v1/score", {"created_at": "2026-05-02"})
            assert status == 503, told
            assert int(headers["Retry-After"]) >= 1
            assert live.ask("/readyz")[0] == 503
            assert live.ask("/livez")[0] == 200
            # Nobody waits longer than the ledger's patience and a little.
            assert load.slowest < 10
            time.sleep(1)
            server.start()
            load.wait_for(30, 60)
            assert live.ask("/readyz")[0] == 200
        with open_ledger(address, create=False) as ledger:
            assert_all_kept(ledger, load)
