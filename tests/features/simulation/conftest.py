"""One small market, simulated, published and exported once for all tests of this folder."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.simulation import import_simulated, simulate_market
from features.simulation.truth_store import read_truth

LEADS, SEED = 12_000, 11


@pytest.fixture(scope="session")
def market():
    return simulate_market(LEADS, SEED)


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    base = tmp_path_factory.mktemp("simulated")
    import_simulated(LEADS, SEED, base / "market", salesforce=base / "export")
    return base


@pytest.fixture(scope="session")
def truth(folders):
    return read_truth(folders / "market")


@pytest.fixture(scope="session")
def snapshots(truth):
    """Open leads at five ages whose 90 days have passed: position, moment in market days, age, label."""
    frames = []
    for age in (1, 7, 21, 45, 90):
        moment = truth.created + age
        ripe = (moment + 90 <= 730) & (truth.opportunity >= moment)
        lead = np.flatnonzero(ripe)
        frames.append(pd.DataFrame({"lead": lead, "moment": moment[lead], "age": age}))
    rows = pd.concat(frames, ignore_index=True)
    return rows.assign(label=truth.opportunity[rows["lead"]] < rows["moment"] + 90)


@pytest.fixture(scope="session")
def export(folders):
    return {file.stem: pd.read_csv(file, dtype=str) for file in (folders / "export").glob("*.csv")}
