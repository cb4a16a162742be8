"""The application on a ledger of its own, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from serving.app import create_app
from serving.ledger import open_ledger
from tests.serving.conftest import TestClient
from tests.serving.ledger.conftest import address, ledger, server

__all__ = ["address", "ledger", "server"]


@pytest.fixture
def client(model, clock, ledger):
    """Ask an application that keeps what it is told; its clock moves on by a second for each question."""
    return asking(model, clock, ledger)


@pytest.fixture
def one_ledger(tmp_path):
    with open_ledger(str(tmp_path / "one.db"), durability="process", patience=20) as opened:
        yield opened


@pytest.fixture
def one_client(model, clock, one_ledger):
    """Ask an application on SQLite, where which database it is does not matter."""
    return asking(model, clock, one_ledger)


def asking(model, clock, ledger):
    app = create_app(model, clock, ledger)

    async def ticking(scope, receive, send):
        clock.time += 1_000_000
        await app(scope, receive, send)

    return TestClient(ticking)
