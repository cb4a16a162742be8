"""What every test may use."""

from __future__ import annotations

import os
import sys

import hypothesis
import pytest

from leadquality import cli, console

# Kernels compile once per checkout, not once per test process.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Threads of LightGBM that wait should sleep, as under the command itself: spinning ones starve the other worker.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# One commit gives one answer; `make explore` looks for examples that nobody saw yet.
hypothesis.settings.register_profile("same", derandomize=True, database=None, deadline=None, print_blob=True)
hypothesis.settings.register_profile("explore", deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

pytest_plugins = ["tests.fixtures"]


@pytest.fixture
def leadquality(monkeypatch, capfd):
    """Return a function that runs the command in this process: exit code, standard output, standard error."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["leadquality", *map(str, arguments)])
        # The consoles were made for the streams of another moment.
        monkeypatch.setattr(console.out, "_file", None)
        monkeypatch.setattr(console.errors, "_file", None)
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        printed, complained = capfd.readouterr()
        return stopped.value.code or 0, printed, complained

    return call
