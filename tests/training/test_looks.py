"""Two trainings at the same time: the one that ends later finds the other, and says so."""

from __future__ import annotations

import shutil

import pytest
from mlflow import MlflowClient

from models.registry import Registry
from training.frozen import DIGEST_TAG, frozen_digest
from training.looks import MEANWHILE_TAG, earlier_looks, look_again
from training.tracking import Registered


@pytest.fixture
def two(registered, tmp_path):
    """Return a registry of one's own whose second run has the first one's digest, the digest, and both."""
    shutil.copy(registered.folder / "registry" / "mlflow.db", tmp_path / "mlflow.db")
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    digest = frozen_digest(registered.dataset, registered.spec)
    first, second = (trained.registered.run_id for trained in (registered.trained, registered.second))
    MlflowClient(uri, uri).set_tag(second, DIGEST_TAG, digest)
    return uri, digest, Registered(first, "1", uri), Registered(second, "2", uri)


def test_whoever_ends_later_finds_the_other_and_is_tagged(two):
    uri, digest, first, second = two
    said = look_again(digest, [], second)
    assert said.startswith(
        "While this training was running, the same specification was scored on these rows by another"
    )
    assert first.run_id in said
    client = MlflowClient(uri, uri)
    assert client.get_run(second.run_id).data.tags[MEANWHILE_TAG] == first.run_id
    assert Registry(uri).resolve("2").tags[MEANWHILE_TAG] == first.run_id
    assert MEANWHILE_TAG not in client.get_run(first.run_id).data.tags


def test_what_was_known_at_the_beginning_is_not_said_again(two):
    uri, digest, first, second = two
    before = [look for look in earlier_looks(uri) if look.run_id == first.run_id]
    assert look_again(digest, before, second) == ""
    assert look_again("another", [], second) == ""
    assert MEANWHILE_TAG not in Registry(uri).resolve("2").tags


def test_a_training_alone_says_nothing(registered):
    assert registered.trained.look == "The held-out rows have not been looked at before."
