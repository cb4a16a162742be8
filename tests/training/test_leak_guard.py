"""The leak guard on a market with two planted leaks: what goes, what it would have added, what comes back."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from mlflow import MlflowClient
from rich.console import Console

from features.audit import Audit, Finding, Subject
from features.errors import ConfigError
from features.facts import Dataset
from models.registry import MODEL_NAME
from tests.training.leaky import leaky_market
from training import leak_guard
from training.fit import fit_all
from training.inflation import measure_inflation
from training.leak_report import guard_dict, guard_sentences, guard_table
from training.material import gather
from training.quarantine import keys_read
from training.spec import Trust, read_spec, read_trust
from training.train import compare_on, train

if TYPE_CHECKING:
    from pathlib import Path

    from training.fit import Fitted
    from training.inflation import Inflation
    from training.material import Material
    from training.spec import TrainingSpec

LEAKS = {"lead.late_note", "events.contract_sent"}
REASON = "the note is written by the form"


@dataclass(frozen=True)
class Markets:
    """The market with the leaks as it is trained on, and the same market without them."""

    folder: Path
    spec: TrainingSpec
    leaky: Material
    honest: Material
    fitted: Fitted
    inflation: Inflation | None


def quick(**more):
    return read_spec("default", folds=2, model={"n_estimators": 40, "learning_rate": 0.1}, **more)


@pytest.fixture(scope="module")
def markets(tmp_path_factory) -> Markets:
    folder = tmp_path_factory.mktemp("leaky")
    dataset = leaky_market(folder)
    spec = quick(card="b2b_example")
    leaky, honest = gather(dataset, spec), gather(Dataset.open(folder / "honest"), spec)
    fitted = fit_all(leaky, spec)
    return Markets(folder, spec, leaky, honest, fitted, measure_inflation(leaky, fitted, spec))


def trusting(markets, *entries):
    spec = markets.spec.model_copy(update={"trust": list(entries)})
    return gather(markets.leaky.dataset, spec)


def test_what_the_audit_convicts_is_read_by_no_feature(markets):
    guard = markets.leaky.guard
    assert {convict.key for convict in guard.left_out} == LEAKS
    assert not any(convict.sighted for convict in guard.convicts), "the earlier facts suffice"
    read = {key for f in markets.leaky.feature_set.features for key in keys_read(f.source)}
    assert not read & LEAKS
    assert read >= {"events.web_visit", "account.industry"}
    declared = {key for f in guard.declared.features for key in keys_read(f.source)}
    assert declared >= LEAKS
    assert "late_note" in guard.narrowed.dropped
    assert "engagement_count_90d" in guard.narrowed.narrowed


def test_the_guarded_matrix_is_that_of_the_market_without_the_leaks(markets):
    assert markets.leaky.feature_set.names == markets.honest.feature_set.names
    np.testing.assert_array_equal(markets.leaky.matrix, markets.honest.matrix)
    np.testing.assert_array_equal(markets.leaky.rows.label, markets.honest.rows.label)


def test_nothing_goes_from_an_honest_market(markets):
    guard = markets.honest.guard
    assert guard.convicts == ()
    assert not guard.narrowed.changed
    assert measure_inflation(markets.honest, markets.fitted, markets.spec) is None
    assert guard_table(guard) is None
    assert guard_sentences(guard, None)[0] == "Leak guard: the audit convicts nothing; no feature is left out."


def test_the_second_training_says_what_the_leaks_would_have_added(markets):
    found = markets.inflation
    assert found.gain.value == pytest.approx(found.auc.value - found.without.value)
    assert found.gain.low > 0.02, "with its interval clear of nothing"
    assert found.gain.low <= found.gain.value <= found.gain.high
    assert found.sighted is None
    registered = compare_on(markets.leaky, markets.fitted, markets.spec)
    assert found.without == registered.estimates["model"]["auc"], "same rows, same resamples"
    assert found.comparison.n_rows == registered.n_rows


def test_the_second_training_leaves_the_material_alone(markets):
    again = fit_all(markets.leaky, markets.spec).model
    assert again.booster.model_to_string() == markets.fitted.model.booster.model_to_string()
    assert not LEAKS & {key for f in again.feature_set.features for key in keys_read(f.source)}


def test_the_service_still_knows_what_is_left_out_by_name(markets):
    vocabulary = markets.fitted.model.vocabulary
    assert ("lead", "late_note") in vocabulary.attributes
    assert "contract_sent" in vocabulary.kinds
    assert set(markets.fitted.model.manifest.details["left_out"]) == LEAKS


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        (Trust(attribute="late_note", reason=REASON), "lead.late_note"),
        (Trust(attribute="late_note", entity="lead", reason=REASON), "lead.late_note"),
        (Trust(kind="contract_sent", reason=REASON), "events.contract_sent"),
        (read_trust(f"late_note={REASON}"), "lead.late_note"),
        (read_trust(f"lead.late_note= {REASON} "), "lead.late_note"),
        (read_trust(f"events.contract_sent={REASON}"), "events.contract_sent"),
    ],
)
def test_an_entry_names_one_thing_of_the_dataset(markets, entry, key):
    assert leak_guard.trusted_key(entry, markets.leaky.profile) == key
    assert entry.reason == REASON


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        (Trust(attribute="late_note", reason=REASON), "lead.late_note"),
        (Trust(kind="contract_sent", reason=REASON), "events.contract_sent"),
    ],
)
def test_trust_takes_one_thing_back_and_keeps_the_reason(markets, entry, key):
    guard = trusting(markets, entry).guard
    assert {convict.key for convict in guard.left_out} == LEAKS - {key}
    assert [(convict.key, convict.trusted) for convict in guard.trusted] == [(key, REASON)]
    assert key in {k for f in guard.narrowed.feature_set.features for k in keys_read(f.source)}
    assert guard_dict(guard, None)["trusted"][0]["reason"] == REASON
    assert f"Trusted: {REASON}." in printed(guard_table(guard))


def test_trust_for_what_is_not_convicted_is_said(markets):
    guard = trusting(markets, Trust(attribute="industry", reason=REASON)).guard
    assert {convict.key for convict in guard.left_out} == LEAKS
    assert guard.idle == ("account.industry",)
    assert any("trust: names account.industry, which the audit does not convict" in s for s in sentences(guard))


@pytest.mark.parametrize(
    ("entry", "message", "hint"),
    [
        (Trust(attribute="late_not", reason=REASON), "no attribute 'late_not'", "late_note"),
        (Trust(attribute="late_note", entity="account", reason=REASON), "of the account", "late_note"),
        (Trust(attribute="contract_sent", reason=REASON), "no attribute", "--trust events.contract_sent"),
        (Trust(kind="contract", reason=REASON), "no event kind 'contract'", "contract_sent"),
    ],
)
def test_trust_in_what_the_dataset_lacks_is_an_error(markets, entry, message, hint):
    with pytest.raises(ConfigError, match=message) as caught:
        leak_guard.trusted_key(entry, markets.leaky.profile)
    assert hint in caught.value.hint


def test_an_agreed_card_keeps_its_rules_and_the_report_says_so(markets, tmp_path):
    card = tmp_path / "card.yaml"
    card.write_text(
        "version: 2\nname: agreed\nagreed: {on: 2026-01-01, by: [sales]}\nengagement:\n  rules:\n"
        "    - {name: contract, event: contract_sent, points: 10}\n"
        "    - {name: a visit, event: web_visit, points: 5}\ngrades: {A: 10, B: 5, C: 1}\nqualified: 5\n",
        encoding="utf-8",
    )
    material = gather(markets.leaky.dataset, quick(card=str(card)))
    assert material.guard.card_rules == (("contract", "events.contract_sent"),)
    assert any("the card's rule 'contract' reads events.contract_sent" in s for s in sentences(material.guard))
    assert material.card.total(material.card_matrix).max() >= 10, "scored as agreed"
    model = material.feature_set.features[: material.width]
    assert not LEAKS & {key for f in model for key in keys_read(f.source)}


def convicting(*keys_before, whole=()):
    """Return an audit in place of the real one: some keys are convicted by the earlier facts, others later."""

    def finding(key):
        entity, name = key.split(".")
        return Finding(
            "test", "convicted", Subject("attribute", name, entity), f"{name} leaks.", done="quarantined"
        )

    def audit(dataset, step=None):
        keys = keys_before if dataset.observed_until < UNTIL[0] else (*keys_before, *whole)
        return Audit("x", "y", "2026-01-01", False, {}, tuple(finding(key) for key in keys))

    return audit


UNTIL = [0]


@pytest.mark.parametrize("before", [(), ("lead.late_note",)])
def test_what_only_the_held_out_facts_convict_is_left_out_and_marked(markets, monkeypatch, before):
    dataset = markets.leaky.dataset
    UNTIL[0] = dataset.observed_until
    monkeypatch.setattr(leak_guard, "audit_dataset", convicting(*before, whole=("account.industry",)))
    material = gather(dataset, markets.spec)
    guard = material.guard
    assert {convict.key: convict.sighted for convict in guard.left_out} == {
        **dict.fromkeys(before, False),
        "account.industry": True,
    }
    found = measure_inflation(material, fit_all(material, markets.spec), markets.spec)
    assert found.sighted is not None
    if before:
        assert found.sighted.value < found.gain.value - 0.01, "the industry alone adds little"
    else:
        assert found.sighted == found.gain
    said = guard_sentences(guard, found)
    assert any("Convicted only with the held-out period's facts: account.industry." in s for s in said)
    assert "(Convicted only with the held-out period's facts.)" in printed(guard_table(guard))


def test_a_run_keeps_the_guard_and_registers_one_model(markets, registered, tmp_path):
    shutil.copy(registered.folder / "registry" / "mlflow.db", tmp_path / "mlflow.db")
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    spec = markets.spec.model_copy(update={"trust": [Trust(kind="contract_sent", reason=REASON)]})
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    before = len(client.search_model_versions(f"name='{MODEL_NAME}'"))
    trained = train(markets.leaky.dataset, spec, uri=uri)
    assert len(client.search_model_versions(f"name='{MODEL_NAME}'")) == before + 1
    run = client.get_run(trained.registered.run_id)
    assert run.data.params["leak_guard.left_out"] == "lead.late_note"
    assert run.data.params["leak_guard.trusted"] == f"events.contract_sent: {REASON}"
    assert run.data.metrics["leak_guard.inflation"] == pytest.approx(trained.inflation.gain.value)
    assert run.data.metrics["leak_guard.inflation_low"] <= run.data.metrics["leak_guard.inflation"]
    path = client.download_artifacts(trained.registered.run_id, "leak_guard.json", str(tmp_path))
    with open(path, encoding="utf-8") as file:
        kept = json.load(file)
    assert [thing["key"] for thing in kept["left_out"]] == ["lead.late_note"]
    assert kept["left_out"][0]["sentence"].startswith("late_note")
    assert kept["trusted"][0] | {"reason": REASON, "key": "events.contract_sent"} == kept["trusted"][0]
    assert kept["inflation"]["difference"]["value"] == pytest.approx(trained.inflation.gain.value)


def sentences(guard):
    return guard_sentences(guard, None)


def printed(table):
    console = Console(width=400, file=io.StringIO())
    console.print(table)
    return console.file.getvalue()
