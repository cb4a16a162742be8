from __future__ import annotations

import hashlib

import duckdb
import pytest

from features.errors import DatasetError
from features.facts import Dataset
from features.simulation import import_simulated, true_probability


def _digests(folder):
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path):
    one = import_simulated(1500, 4, tmp_path / "one", salesforce=tmp_path / "export one")
    same = import_simulated(1500, 4, tmp_path / "same", salesforce=tmp_path / "export same")
    other = import_simulated(1500, 5, tmp_path / "other")

    assert one.manifest.digest == same.manifest.digest != other.manifest.digest
    assert _digests(one.path) == _digests(same.path)
    assert _digests(tmp_path / "export one") == _digests(tmp_path / "export same")


def test_nothing_is_rejected_or_skipped(folders):
    dataset = Dataset.open(folders / "market")

    assert dataset.manifest.rejected == {}
    assert dataset.manifest.skipped == {}
    assert dataset.manifest.counts["leads"] == 12_000
    assert not (folders / "market" / "rejected").exists()


def test_manifest_says_that_it_is_simulated(folders):
    manifest = Dataset.open(folders / "market").manifest

    assert manifest.importer == "simulated"
    assert any("simulated market" in note for note in manifest.notes)


def test_first_versions_are_known_at_creation_and_later_ones_exist(folders):
    dataset = Dataset.open(folders / "market")
    found = dataset.query(
        """SELECT name, count(*) > count(DISTINCT entity_id) AS versioned, bool_or(known_at > created_at) AS later,
                  min(known_at - created_at) AS earliest
           FROM attributes JOIN (
               SELECT 'lead' AS entity, lead_id AS entity_id, created_at FROM leads
               UNION ALL SELECT 'account', account_id, min(created_at) FROM leads GROUP BY account_id
           ) USING (entity, entity_id) GROUP BY name ORDER BY name"""
    )

    assert found["name"].tolist() == ["annual_revenue", "country", "employees", "industry", "lead_source", "title"]
    assert found.loc[found["versioned"], "name"].tolist()[:1] == ["annual_revenue"]
    assert found.loc[found["later"], "name"].tolist() == ["annual_revenue", "employees", "industry", "title"]
    assert (found["earliest"].dt.total_seconds() == 0).all()


def test_some_opportunities_belong_to_accounts_alone(folders):
    found = Dataset.open(folders / "market").query("SELECT count(*) FROM opportunities WHERE lead_id IS NULL")

    assert found.iloc[0, 0] > 50


def test_no_reader_of_the_dataset_sees_the_truth(folders):
    dataset = Dataset.open(folders / "market")

    assert (dataset.path / "truth" / "parameters.json").is_file()
    with pytest.raises(duckdb.CatalogException):
        dataset.query("SELECT * FROM truth")
    with pytest.raises(DatasetError):
        dataset.arrow("truth")
    columns = set(dataset.query("DESCRIBE leads")["column_name"]) | set(
        dataset.query("DESCRIBE events")["column_name"]
    )
    assert not columns & {"segment", "own", "give", "intent", "opportunity"}


def test_a_dataset_without_truth_is_refused_with_a_hint(tmp_path):
    with pytest.raises(DatasetError, match="has no truth/ folder"):
        true_probability(tmp_path, ["x"], [0], 1)
