"""The leak guard on public data with no hint in the mapping; they are never copied here."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.audits import RUNS, import_run
from training.material import gather
from training.spec import read_spec

DATA = Path(__file__).parents[2].parent / "shared" / "data"

ASYMMETRIQUE = {
    f"lead.asymmetrique_{what}" for what in ("activity_index", "activity_score", "profile_index", "profile_score")
}


def trained_on(name, folder, **overrides):
    if not (DATA / RUNS[name].needs).is_dir():
        pytest.skip(f"the public data set {name} is not at {DATA}")
    material = gather(import_run(RUNS[name], DATA, folder), read_spec(name, **overrides))
    return {convict.key for convict in material.guard.left_out}, set(material.feature_set.names)


def test_xeducation(tmp_path):
    left_out, names = trained_on("xeducation", tmp_path)
    assert left_out >= {"lead.tags", "lead.lead_quality", "lead.lead_profile", "lead.last_notable_activity"}
    assert len(left_out & ASYMMETRIQUE) >= 3, "or most of them"
    assert "total_time_spent_on_website" in names
    assert not {key.removeprefix("lead.") for key in left_out} & names


def test_bank_additional(tmp_path):
    left_out, names = trained_on("bank_additional", tmp_path)
    assert left_out == {"lead.duration"}
    assert {"euribor3m", "nr_employed", "pdays"} <= names, "strong and honest"


def test_saas_trial(tmp_path):
    left_out, names = trained_on("saas_trial", tmp_path, features="default")
    assert "lead.mrr" in left_out
    assert len([key for key in left_out if key.startswith("lead.total_")]) >= 6
    assert {"week_of_use_count_30d", "contacts_actions_sum_30d"} <= names, "use as it was known stays"
