"""An allowance is what it says, from one process or several."""

from __future__ import annotations

import subprocess
import sys

import pytest

from serving.front import limits
from serving.front.limits import Limit, SharedTable


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

    monkeypatch.setattr(limits, "monotonic", lambda: Clock.now)
    return Clock


@pytest.fixture
def table(tmp_path):
    opened = SharedTable(tmp_path / "allowances")
    yield opened
    opened.close()


@pytest.mark.parametrize("shared", [False, True])
def test_a_tenth_at_once_then_an_even_stream(clock, table, shared):
    limit = Limit(60, table if shared else None, "k")
    assert [limit.take() for _ in range(6)] == [0.0] * 6
    assert limit.take() == pytest.approx(1.0)
    # A refusal takes nothing.
    assert limit.take() == pytest.approx(1.0)
    clock.now += 1.0
    assert limit.take() == 0.0
    assert limit.take() > 0
    clock.now += 3600
    assert [limit.take() for _ in range(7)].count(0.0) == 6


def test_a_slow_limit_grants_one(clock):
    limit = Limit(0.5)
    assert limit.take() == 0.0
    assert limit.take() == pytest.approx(120)


def test_a_minute_grants_what_it_says(clock):
    limit, granted = Limit(120), 0
    for _ in range(6000):
        granted += limit.take() == 0.0
        clock.now += 0.01
    assert 120 <= granted <= 120 + 12


def test_keys_do_not_share_an_allowance(clock, table):
    one, other = Limit(10, table, "one"), Limit(10, table, "other")
    assert one.take() == other.take() == 0.0
    assert one.take() > 0
    assert other.take() > 0


def test_keys_that_fall_on_one_place_go_to_the_next(table, monkeypatch):
    class Same:
        def __init__(self, name, digest_size):
            self.name = name

        def digest(self):
            return (7 if self.name == b"one" else 7 + limits._PLACES).to_bytes(8, "little")

    monkeypatch.setattr(limits.hashlib, "blake2b", Same)
    one, other = Limit(1, table, "one"), Limit(1, table, "other")
    assert one.take() == other.take() == 0.0
    assert one.take() > 0
    assert other.take() > 0


PROGRAM = """
import sys, time
from pathlib import Path
from serving.front.limits import Limit, SharedTable
table = SharedTable(Path(sys.argv[1]))
limit = Limit(600, table, "k")
print(sum(limit.take() == 0.0 for _ in range(2000)))
"""


def test_processes_grant_together_what_one_would(tmp_path):
    file = tmp_path / "allowances"
    SharedTable(file).close()
    several = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, file], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    granted = sum(int(each.communicate(timeout=60)[0]) for each in several)
    # A burst of 60, and ten a second for as long as the three take.
    assert 60 <= granted < 60 + 10 * 30
    assert granted < 3 * 60 + 1 or granted - 60 < 200
