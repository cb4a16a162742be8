"""All open leads of the ledger scored at once: the receipts are those that the service would have kept."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import fields

import pytest
from mlflow import MlflowClient

from features.errors import LeadQualityError
from features.facts.clock import DAY, format_moment
from models.batch import score_open_leads
from models.registry import CHAMPION, MODEL_NAME
from serving.app import create_app
from serving.filling import score as scoring
from serving.filling.score import score_ledger
from serving.ledger import open_ledger
from serving.scoring.champion import Champion
from tests.serving.conftest import Clock, TestClient
from tests.serving.filling.conftest import load


@pytest.fixture(scope="session")
def champion(model, dataset):
    return Champion.of(model, dataset.observed_until)


def receipts_of(ledger):
    return {receipt.receipt_id: receipt for receipt in ledger.all_receipts()}


def without(receipt, *names):
    return {f.name: getattr(receipt, f.name) for f in fields(receipt) if f.name not in names}


def test_every_open_lead_gets_the_receipt_of_its_answer(ledger, small, champion, tmp_path):
    load(ledger, small)
    as_of, clock = small.observed_until, Clock(small.observed_until + DAY)
    scored = score_ledger(ledger, champion, as_of, clock)
    frame = score_open_leads(champion.model, small, format_moment(as_of))
    kept = receipts_of(ledger)
    assert scored.statuses.total() == len(kept) == len(frame)
    assert {receipt.lead_id for receipt in kept.values()} == set(frame["lead_id"])
    assert sum(scored.left_out.values()) == small.manifest.counts["leads"] - len(frame)
    # The service, on a ledger of the same facts, keeps the same but for who asked.
    with open_ledger(str(tmp_path / "other.db"), durability="process", patience=20) as other:
        load(other, small)
        client = TestClient(create_app(champion.model, clock, other))
        for lead_id in frame["lead_id"]:
            client.post("/v1/score", json={"lead_id": lead_id, "as_of": format_moment(as_of)})
        asked = receipts_of(other)
        assert asked.keys() == kept.keys()
        for name, receipt in kept.items():
            assert without(receipt, "seq", "caller", "request_id") == without(
                asked[name], "seq", "caller", "request_id"
            )
            assert ledger.input(receipt.input_digest) == other.input(receipt.input_digest)
            assert receipt.caller == "ledger score"


def test_people_of_an_input_are_known_so_that_they_can_be_forgotten(ledger, small, champion):
    load(ledger, small)
    score_ledger(ledger, champion, small.observed_until, Clock(small.observed_until))
    leads = small.frame("leads").dropna()
    mate = leads[leads.duplicated("account_id")]["lead_id"].iloc[0]
    gone = ledger.forget(mate, small.observed_until)
    assert gone.receipts_of_others > 0


def test_stopped_and_run_again_keeps_each_receipt_once(ledger, small, champion, monkeypatch):
    load(ledger, small)
    monkeypatch.setattr(scoring, "SIZE", 10)
    as_of, clock = small.observed_until, Clock(small.observed_until)

    def impatient(done, _):
        if done >= 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_ledger(ledger, champion, as_of, clock, impatient)
    begun = receipts_of(ledger)
    assert 30 <= len(begun) <= 50
    clock.time += DAY
    scored = score_ledger(ledger, champion, as_of, clock)
    kept = receipts_of(ledger)
    assert len(kept) == scored.statuses.total() > len(begun)
    # What was kept first stays as it was.
    assert all(kept[name] == receipt for name, receipt in begun.items())


def test_a_lead_that_cannot_be_scored_keeps_no_other(ledger, small, champion, monkeypatch):
    load(ledger, small)
    decide = scoring.decide
    calls = iter(range(10_000))

    def failing(*arguments, **more):
        if next(calls) % 7 == 0:
            raise LeadQualityError("it is Friday")
        return decide(*arguments, **more)

    monkeypatch.setattr(scoring, "decide", failing)
    scored = score_ledger(ledger, champion, small.observed_until, Clock(small.observed_until))
    assert scored.unscorable["it is Friday"] > 5
    assert scored.statuses.total() == ledger.counts()["receipts"] > 30


def test_the_forgotten_are_not_scored(ledger, small, champion):
    load(ledger, small)
    as_of, clock = small.observed_until, Clock(small.observed_until)
    first = score_open_leads(champion.model, small, format_moment(as_of))["lead_id"].iloc[0]
    ledger.forget(first, as_of)
    before = score_ledger(ledger, champion, as_of, clock)
    assert first not in {receipt.lead_id for receipt in receipts_of(ledger).values()}
    assert before.statuses.total() > 30


@pytest.fixture
def file(small, tmp_path):
    with open_ledger(str(tmp_path / "ledger.db"), durability="process", patience=20) as opened:
        load(opened, small)
    return tmp_path / "ledger.db"


@pytest.fixture
def uri(registered, tmp_path):
    """Return a registry of one's own, with a champion."""
    shutil.copy(registered.folder / "registry" / "mlflow.db", tmp_path / "mlflow.db")
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    MlflowClient(uri, uri).set_registered_model_alias(MODEL_NAME, CHAMPION, "1")
    return uri


def test_the_command(leadquality, uri, small, file):
    words = ("ledger", "score", "--ledger", file, "--tracking-uri", uri)
    code, printed, _ = leadquality(*words, "--as-of", format_moment(small.observed_until))
    assert code == 0
    (line,) = printed.splitlines()
    with sqlite3.connect(file) as connection:
        (kept,) = connection.execute("SELECT count(*) FROM receipts").fetchone()
    connection.close()
    assert f"{kept:,} leads scored by version 1" in line
    assert "have an opportunity" in line


@pytest.mark.parametrize(
    ("as_of", "why"), [("soon", "not an ISO 8601 moment"), ("2999-01-01", "lies in the future")]
)
def test_a_moment_that_will_not_do(leadquality, file, as_of, why):
    code, printed, said = leadquality("ledger", "score", "--ledger", file, "--as-of", as_of)
    assert (code, printed) == (2, "")
    assert why in said


def test_an_empty_ledger_is_no_success(leadquality, uri, tmp_path):
    open_ledger(str(tmp_path / "empty.db")).close()
    words = ("ledger", "score", "--ledger", tmp_path / "empty.db", "--tracking-uri", uri)
    code, printed, _ = leadquality(*words)
    assert code == 1
    assert "no lead was scored" in printed
