"""The four public data sets through their shipped mappings; they are never copied here."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.importers import import_tables

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"


SETS = ["saas_trial", "olist_funnel", "xeducation", "bank_additional"]


@pytest.fixture(scope="module")
def imported(request, tmp_path_factory):
    if not (DATA / request.param).is_dir():
        pytest.skip(f"the public data set {request.param} is not at {DATA}")
    mapping = ROOT / "features" / "mappings" / f"{request.param}.yaml"
    return import_tables(mapping, tmp_path_factory.mktemp("public") / "out", data=DATA)


@pytest.mark.parametrize("imported", SETS[:1], indirect=True)
def test_saas_trial(imported):
    manifest = imported.manifest
    assert (manifest.counts["leads"], manifest.counts["opportunities"]) == (3569, 199)
    assert manifest.skipped == {"leads without any event": 1631, "opportunities of leads left out": 1}
    # The panel that the data's own notes give: every second Sunday, companies with prior use, not yet customers.
    panel = imported.query(
        """WITH days AS (SELECT unnest(generate_series(
            TIMESTAMPTZ '2019-02-10', TIMESTAMPTZ '2020-07-19', INTERVAL 14 DAY)) AS day)
        SELECT count(*) AS rows, count(*) FILTER (WHERE o.created_at < day + INTERVAL 31 DAY) AS positives
        FROM leads l JOIN days ON l.created_at <= day LEFT JOIN opportunities o USING (lead_id)
        WHERE o.created_at IS NULL OR o.created_at >= day + INTERVAL 1 DAY"""
    )
    assert panel.iloc[0].tolist() == [63934, 283]


@pytest.mark.parametrize("imported", SETS[1:2], indirect=True)
def test_olist_funnel(imported):
    manifest = imported.manifest
    assert manifest.counts == {
        "leads": 5998,
        "attributes": 11948,
        "events": 0,
        "opportunities": 781,
        "verdicts": 0,
    }
    assert manifest.skipped == {"leads created before 2018-01-01": 2002, "opportunities of leads left out": 61}
    assert any("creation: 34, kept as they came; 33 of them on the same day" in note for note in manifest.notes)


@pytest.mark.parametrize("imported", SETS[2:3], indirect=True)
def test_xeducation(imported):
    manifest = imported.manifest
    assert (manifest.counts["leads"], manifest.counts["opportunities"]) == (9240, 3561)
    assert manifest.undated
    names = set(imported.query("SELECT DISTINCT name FROM attributes")["name"])
    assert "lead_origin" in names
    assert not names & {"tags", "lead_quality", "lead_profile", "last_activity", "last_notable_activity"}
    assert imported.query("SELECT count(*) AS n FROM attributes WHERE value = 'Select'")["n"][0] == 0


@pytest.mark.parametrize("imported", SETS[3:], indirect=True)
def test_bank_additional(imported):
    manifest = imported.manifest
    assert (manifest.counts["leads"], manifest.counts["opportunities"]) == (41188, 4640)
    values = imported.query("SELECT name, value, count(*) AS n FROM attributes GROUP BY ALL")
    assert "duration" not in set(values["name"])
    assert "999" not in set(values[values["name"] == "days_since_previous"]["value"])
    assert "unknown" in set(values[values["name"] == "job"]["value"])


@pytest.mark.parametrize(
    "imported", ["saas_trial", "olist_funnel", "xeducation", "bank_additional"], indirect=True
)
def test_every_column_is_mapped_or_refused_and_no_row_is_lost(imported):
    assert not [note for note in imported.manifest.notes if "neither mapped nor refused" in note]
    repeated = {"leads": 3} if imported.manifest.source == "SaaS free-trial data" else {}
    assert imported.manifest.rejected == repeated
