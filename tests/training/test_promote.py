"""Promotion through the gates, overruling them, rolling back, and the list of versions."""

from __future__ import annotations

import json
import shutil

import pytest
from mlflow import MlflowClient

from features.errors import ConfigError, DatasetError
from models.registry import MODEL_NAME, Registry, RegistryError
from tests.cards import EXAMPLE
from training.gates import read_thresholds
from training.gates.gate import NAMES
from training.gates.leaks import leaks
from training.gates.thresholds import DEFAULT
from training.promote import make_champion, promote
from training.rollback import rollback
from training.runs import list_versions

WHY = "the small market is all that there is"


@pytest.fixture
def copied(registered, tmp_path):
    """Return the URI of a registry of one's own, to put aliases into."""
    shutil.copy(registered.folder / "registry" / "mlflow.db", tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path}/mlflow.db"


@pytest.fixture
def lenient(tmp_path):
    """Return gates that the small market's models pass, but for the comparison with the champion."""
    text = DEFAULT.read_text().replace("[0.6, 1.6]", "[0.01, 9]").replace("[0.9, 1.1]", "[0.01, 9]")
    text = text.replace("fewest_opportunities: 50", "fewest_opportunities: 1")
    text = text.replace("events_per_variable: 5", "events_per_variable: 0").replace(
        "most_from_card: 0.8", "most_from_card: 1"
    )
    (tmp_path / "gates.yaml").write_text(text.replace("most: 0.5", "most: 1"))
    return tmp_path / "gates.yaml"


def champion(uri, *versions):
    registry = Registry(uri)
    for version in versions:
        make_champion(registry, version, registry.aliases().get("champion"))
    return registry


def test_a_refused_version_stays_what_it_was_and_a_forced_one_says_why(copied, tmp_path):
    registry = Registry(copied)
    strict = tmp_path / "strict.yaml"
    strict.write_text(DEFAULT.read_text().replace("fewest_opportunities: 50", "fewest_opportunities: 100000"))
    refused = promote("1", uri=copied, gates=strict)
    assert [gate.name for gate in refused.gates] == list(NAMES)
    assert not refused.promoted
    assert "enough_data" in refused.sentence
    assert "The card should stay" in refused.gates[-1].sentence
    assert refused.against == EXAMPLE
    assert registry.aliases() == {}
    tags = registry.resolve("1").tags
    assert "enough_data" in tags["gates"]
    assert "forced.why" not in tags
    forced = promote("1", uri=copied, gates=strict, force=f"  {WHY} ")
    assert forced.promoted
    assert forced.sentence.startswith("Version 1 is now the champion. A running service takes it")
    assert registry.aliases() == {"champion": "1"}
    tags = registry.resolve("1").tags
    assert tags["forced.why"] == WHY
    assert "enough_data" in tags["forced.over"]
    assert promote("1", uri=copied).sentence == "Version 1 is the champion already."
    client = MlflowClient(copied, copied)
    path = client.download_artifacts(registry.resolve("1").run_id, "gates.json", str(tmp_path))
    with open(path) as file:
        assert [gate["name"] for gate in json.load(file)["gates"]] == list(NAMES)


def test_a_version_that_passes_needs_no_force_and_records_none(copied, lenient):
    found = promote("1", uri=copied, gates=lenient, force=WHY)
    assert [gate.line for gate in found.gates if not gate.passed] == []
    assert (found.promoted, found.forced) == (True, None)
    tags = Registry(copied).resolve("1").tags
    assert tags["gates"] == "passed; not tested: worst_segment"
    assert found.sentence.endswith(" worst_segment was not tested.")
    assert "forced.why" not in tags


def test_what_cannot_be_computed_has_failed(copied, tmp_path):
    found = promote("1", uri=copied, dataset=tmp_path / "gone")
    assert not found.promoted
    failed = {gate.name: gate.sentence for gate in found.gates if not gate.passed}
    assert set(failed) == set(NAMES) - {"leaks"}
    assert all("no such folder" in sentence for sentence in failed.values())


@pytest.mark.parametrize("why", ["", "because", "  short    "])
def test_a_force_without_a_reason_is_refused(copied, why):
    with pytest.raises(ConfigError, match="say why in at least 10 characters"):
        promote("1", uri=copied, force=why)
    assert Registry(copied).aliases() == {}


def test_leaks_are_judged_by_the_record_and_by_what_the_model_reads(registered, copied, monkeypatch):
    registry, model = Registry(copied), registered.trained.model
    asked = read_thresholds()
    assert leaks(registry, model, asked).passed
    record = {"left_out": [{"key": "lead.lead_source"}], "trusted": []}
    monkeypatch.setattr("training.gates.leaks.guard_record", lambda *_: record)
    gate = leaks(registry, model, asked)
    assert not gate.passed
    assert "reads what was convicted and is not trusted: lead.lead_source" in gate.sentence
    record["left_out"], record["trusted"] = [], [{"key": "lead.lead_source", "reason": "set by the form"}]
    assert leaks(registry, model, asked).passed
    record["trusted"][0]["reason"] = " "
    assert "Trusted without a reason" in leaks(registry, model, asked).sentence
    monkeypatch.setattr("training.gates.leaks.guard_record", lambda *_: None)
    assert not leaks(registry, model, asked).passed


def test_the_champion_before_keeps_an_alias(copied):
    registry = Registry(copied)
    assert registry.aliases() == {}
    with pytest.raises(RegistryError, match="no version is champion yet; there are 2, 1") as caught:
        registry.resolve("champion")
    assert caught.value.hint == "choose one: leadquality promote 2"
    champion(copied, "1", "2")
    assert registry.aliases() == {"champion": "2", "previous-champion": "1"}
    assert registry.load("champion").version == "2"
    assert "promoted_at" in registry.resolve("1").tags
    with pytest.raises(RegistryError, match="no version or alias 'finalist'") as caught:
        registry.resolve("finalist")
    assert caught.value.hint == "there are: 2, 1, champion, previous-champion"


@pytest.mark.parametrize("name", ["3", "0", "challenger"])
def test_an_unknown_version_or_alias_names_those_that_there_are(registered, name):
    with pytest.raises(RegistryError) as caught:
        promote(name, uri=registered.uri)
    assert f"no version or alias '{name}'" in caught.value.message
    assert caught.value.hint == "there are: 2, 1"


def test_a_version_whose_files_are_damaged_is_never_promoted(registered, copied):
    client = MlflowClient(registered.uri, registered.uri)
    model_id = client.get_model_version(MODEL_NAME, "1").source.rstrip("/").split("/")[-1]
    [file] = (registered.folder / "registry" / "mlartifacts").rglob(f"{model_id}/**/booster.txt")
    kept = file.read_text()
    file.write_text("tree")
    try:
        with pytest.raises(DatasetError, match="not a usable model"):
            promote("1", uri=copied, force=WHY)
        champion(copied, "1", "2")
        with pytest.raises(DatasetError, match="not a usable model"):
            rollback(uri=copied)
    finally:
        file.write_text(kept)
    assert Registry(copied).aliases()["champion"] == "2"


def test_a_rollback_puts_the_previous_champion_back_and_says_so(copied):
    registry = champion(copied, "1", "2")
    found = rollback(uri=copied, why="sales saw nonsense")
    assert found.sentence.startswith("Version 1 is the champion again; version 2 was taken back.")
    assert registry.aliases() == {"champion": "1"}
    tags = registry.resolve("2").tags
    assert tags["rolled_back.why"] == "sales saw nonsense"
    assert "rolled_back.at" in tags
    with pytest.raises(RegistryError, match="version 1 is the champion, and none was before it"):
        rollback(uri=copied)


def test_rollbacks_go_further_back_and_not_forth_again(copied):
    registry = champion(copied, "2", "1")
    registry.client.create_model_version(MODEL_NAME, registry.resolve("1").source, registry.resolve("1").run_id)
    champion(copied, "3")
    assert registry.aliases() == {"champion": "3", "previous-champion": "1"}
    assert rollback(uri=copied).champion == "1"
    assert registry.aliases() == {"champion": "1", "previous-champion": "2"}
    assert rollback(uri=copied).champion == "2"
    assert registry.aliases() == {"champion": "2"}


def test_without_a_champion_there_is_nothing_to_roll_back(copied):
    with pytest.raises(RegistryError, match="no version is champion yet, so there is nothing to roll") as caught:
        rollback(uri=copied)
    assert "leadquality promote VERSION" in caught.value.hint, (
        "and no version by number: its gates may have failed"
    )


def test_versions_are_listed_newest_first_with_what_matters(copied, registered):
    registry = champion(copied, "2", "1")
    registry.client.set_model_version_tag(MODEL_NAME, "1", "forced.why", WHY)
    newest, oldest = list_versions(copied)
    assert (newest.version, oldest.version) == ("2", "1")
    assert oldest.aliases == ("champion",)
    assert newest.aliases == ("previous-champion",)
    assert oldest.forced_why == WHY
    assert oldest.dataset_digest == registered.dataset.manifest.digest
    estimates = registered.trained.comparison.estimates["model"]
    assert oldest.auc == pytest.approx(estimates["auc"].value)
    assert oldest.calibration_slope == pytest.approx(estimates["calibration_slope"].value)
    assert newest.card is None
    assert any(WHY in line for line in oldest.remarks())
    assert json.loads(json.dumps(oldest.to_dict()))["aliases"] == ["champion"]
