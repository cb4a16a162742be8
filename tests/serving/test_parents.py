"""Who is above a worker, and what it does once they are gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from serving import parents
from serving.parents import Parents, alive_in, is_gone

HOLD = """
import sys, time
from pathlib import Path
from serving.parents import alive_in

with alive_in(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_where_no_launcher_ever_was_none_is_gone(tmp_path):
    assert not is_gone(tmp_path)
    assert not is_gone(tmp_path / "none")


def test_a_launcher_that_is_killed_is_gone(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as launcher:
        assert launcher.stdout.readline() == b"held\n"
        assert not is_gone(tmp_path)
        launcher.kill()
        launcher.wait()
    assert is_gone(tmp_path)


def test_what_it_started_does_not_hold_its_lock(tmp_path):
    with alive_in(tmp_path):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        assert is_gone(tmp_path)
    finally:
        child.kill()
        child.wait()


@pytest.fixture
def signals(monkeypatch):
    sent = []
    monkeypatch.setattr(parents.os, "kill", lambda pid, number: sent.append((pid, number)))
    return sent


def test_the_supervisor_is_told_once(tmp_path, signals):
    above = Parents(tmp_path)
    with alive_in(tmp_path):
        above.look()
        assert signals == []
    above.look()
    above.look()
    assert signals == [(os.getppid(), signal.SIGTERM)]


def test_without_its_parent_a_worker_ends(signals, monkeypatch):
    above = Parents(None)
    above.look()
    assert signals == []
    monkeypatch.setattr(parents.os, "getppid", lambda: 1)
    above.look()
    above.look()
    assert signals == [(os.getpid(), signal.SIGTERM)]
