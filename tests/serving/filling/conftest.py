"""A small market, and the ledgers that it is loaded into."""

from __future__ import annotations

import pytest

from features.facts.clock import DAY
from features.simulation import import_simulated
from serving.filling.load import load_dataset
from serving.ledger import open_ledger
from tests.serving.ledger.conftest import address, ledger, server

__all__ = ["address", "ledger", "server"]


def load(ledger, dataset, step=lambda *_: None):
    return load_dataset(ledger, dataset, lambda: dataset.observed_until + DAY, step)


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    return import_simulated(120, 3, tmp_path_factory.mktemp("small") / "dataset")


@pytest.fixture(scope="session")
def filled(dataset, tmp_path_factory):
    """A ledger that knows the market that the model was trained on."""
    file = tmp_path_factory.mktemp("filled") / "ledger.db"
    with open_ledger(str(file), durability="process", patience=60) as opened:
        load(opened, dataset)
        yield opened
