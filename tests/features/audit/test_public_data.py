"""Leaks in the public data sets, read from the raw files with no hint in the mapping."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.audits import RUNS, import_run
from features.audit import audit_dataset

DATA = Path(__file__).parents[4] / "shared" / "data"


def run(name: str, tmp_path):
    if not (DATA / RUNS[name].needs).is_dir():
        pytest.skip(f"the public data set {RUNS[name].needs} is not at {DATA}")
    return audit_dataset(import_run(RUNS[name], DATA, tmp_path))


def keys(found) -> set[str]:
    return {suspect.name for suspect in found.quarantined}


def test_xeducation(tmp_path):
    found = run("xeducation", tmp_path)
    assert keys(found) == {
        "tags",
        "lead_quality",
        "lead_profile",
        "last_activity",
        "last_notable_activity",
        "asymmetrique_activity_index",
        "asymmetrique_profile_index",
        "asymmetrique_activity_score",
        "asymmetrique_profile_score",
    }
    warned = {f.subject.name for f in found.findings if f.check == "as_of_export_counter"}
    assert warned == {"total_time_spent_on_website", "total_visits", "page_views_per_visit"}


def test_bank_additional(tmp_path):
    assert keys(run("bank_additional", tmp_path)) == {"duration"}


def test_olist_funnel(tmp_path):
    found = run("olist_funnel", tmp_path)
    assert not keys(found) & {"origin", "landing_page_id"}
    assert len(keys(found)) == 12
    cut = next(f for f in found.findings if f.check == "left_truncation")
    assert "Before 2017-12-05" in cut.sentence


@pytest.mark.parametrize("name", ["saas_trial", "saas_trial_totals"])
def test_saas_trial(tmp_path, name):
    found = keys(run(name, tmp_path))
    totals = {
        f"total_{what}_{of}"
        for what in ("actions", "users")
        for of in ("crm_contacts", "crm_companies", "crm_deals", "email")
    }
    assert found == {*totals, "weeks_used", "mrr"}
