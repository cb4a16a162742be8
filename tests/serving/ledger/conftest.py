"""A ledger on SQLite and on PostgreSQL: the same tests for both."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from serving.ledger import open_ledger
from tests.postgres import postgres


@pytest.fixture(scope="session")
def server():
    with postgres() as started:
        yield started


def new_database(server) -> str:
    """Make an empty database; return its address."""
    name = f"ledger_{uuid.uuid4().hex}"
    with psycopg.connect(server.address().replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.address(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    if request.param == "sqlite":
        return str(tmp_path / "ledger.db")
    return new_database(request.getfixturevalue("server"))


@pytest.fixture
def ledger(address):
    # Durable to the end of the process: nothing here pulls the plug.
    with open_ledger(address, durability="process", patience=20) as opened:
        yield opened
