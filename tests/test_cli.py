"""The command as its user meets it: the whole job, and each error as one paragraph and exit code 2."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from features.errors import LeadQualityError
from features.facts import Dataset
from leadquality import cli
from tests.cards import EXAMPLE

LEADS = "lead_id,account,created,size\nL1,acme,2025-01-01,7\nL2,acme,{second},8\n"
MAPPING = """version: 1
source: by hand
observed_until: 2025-06-30
files: {people: {paths: leads.csv}}
leads: {file: people, id: lead_id, account: account, created_at: created}
attributes: [{file: people, at: created, columns: {size: employees}}]
"""


@pytest.fixture
def champion(registered, tmp_path):
    """Return the arguments that name a registry of one's own with two versions and no champion."""
    shutil.copy(registered.folder / "registry" / "mlflow.db", tmp_path / "mlflow.db")
    return ("--tracking-uri", f"sqlite:///{tmp_path}/mlflow.db")


def is_one_error(complained):
    text = " ".join(complained.split())
    assert "Traceback" not in text
    assert text.count("error:") == 1
    return text


@pytest.mark.parametrize(
    "command",
    [[], ["import"], *[[name] for name in ("features", "train", "compare", "promote", "rollback", "runs")]]
    + [[name] for name in ("score", "serve", "demo", "duel", "card")]
    + [["card", name] for name in ("check", "sign", "diff", "show", "replay", "judge", "refit", "distil")],
    ids=" ".join,
)
def test_every_command_explains_itself(command):
    found = CliRunner().invoke(cli.app, [*command, "--help"])
    assert found.exit_code == 0
    assert "Usage: leadquality" in found.output
    assert "--help" in found.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "{tmp}/none"], "none: no such folder"),
        (["train", "{tmp}"], "no dataset.json in it, so it is not a dataset"),
        (["train", "{data}", "--horizon", "soon"], "'soon' is not a duration"),
        (["train", "{data}", "--horizon", "700"], "the training part has 0 rows"),
        (["train", "{data}", "--horizon", "800"], "no row is decided"),
        (["train", "{data}", "--card", "nobody"], "one of the shipped cards: b2b_example, saas_trial"),
        (["train", "{data}", "--card", "saas_trial"], "the dataset has nothing that any of its 6 rules"),
        (["train", "{data}", "--features", "none.yaml"], "one of the shipped feature_sets: attributes_only"),
        (["train", "{data}", "--spec", "none"], "one of the shipped: bank_additional"),
        (["features", "{data}", "--as-of", "soon", "-o", "{tmp}/x.parquet"], "'soon': not an ISO 8601 moment"),
        (
            ["features", "{data}", "--as-of", "2030-01-01", "-o", "{tmp}/x.parquet"],
            "lies after the observed period",
        ),
        (["features", "{data}", "--as-of", "now", "-o", "{tmp}/x.txt"], "ends in .parquet or .csv"),
        (["features", "{data}", "--as-of", "now", "-o", "{tmp}"], "ends in .parquet or .csv"),
        (["features", "{data}", "--as-of", "1971-01-01", "-o", "{tmp}/x.csv"], "no lead was open at 1971-01-01"),
        (
            ["train", "{data}", "--horizon", "1000000000", "{uri}"],
            "--horizon: '1000000000' is longer than 36,525 d",
        ),
        (["promote", "1", "--tracking-uri", "foo://bar"], "foo://bar: the registry does not answer"),
        (["features", "{tmp}/none", "--as-of", "now", "-o", "{tmp}/x.parquet"], "none: no such folder"),
        (
            ["score", "{data}", "--as-of", "soon", "-o", "{tmp}/x.parquet", "--model", "1", "{uri}"],
            "not an ISO 8601 moment",
        ),
        (["score", "{data}", "--as-of", "now", "-o", "{tmp}/x.parquet", "{uri}"], "no version is champion yet"),
        (
            ["score", "{data}", "--as-of", "now", "-o", "{tmp}/x.parquet", "--model", "9", "{uri}"],
            "no version or alias '9'",
        ),
        (["promote", "9", "{uri}"], "no version or alias '9'"),
        (["promote", "1", "--tracking-uri", "{tmp}/mlruns"], "expected sqlite:///FILE"),
        (["promote", "1", "--force", "because", "{uri}"], "say why in at least 10 characters"),
        (["promote", "1", "--gates", "{tmp}/none.yaml", "{uri}"], "none.yaml: no such file"),
        (["rollback", "{uri}"], "no version is champion yet"),
        (["runs", "--tracking-uri", "{tmp}/mlruns"], "expected sqlite:///FILE"),
        (["runs", "--tracking-uri", "sqlite:///{tmp}/none.db"], "there is no registry yet"),
        (["compare", "1", "1", "{uri}"], "name two different scorers"),
        (["compare", "b2b_example", "saas_trial", "{uri}"], "two cards: on which leads?"),
        (["compare", "1", "none.yaml", "{uri}"], "none.yaml"),
        (["import", "tables", "{tmp}/none.yaml", "--into", "{tmp}/d"], "none.yaml: no such file"),
        (["import", "salesforce", "{tmp}/none", "--into", "{tmp}/d"], "none: no such"),
        (
            ["import", "simulated", "--into", "{tmp}/d", "--as", "pardot", "{tmp}/e"],
            "pardot: known are salesforce",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_user_can_mend_is_one_error_and_exit_code_2(
    leadquality, registered, champion, tmp_path, arguments, message
):
    places = {"tmp": str(tmp_path), "data": str(registered.dataset.path)}
    filled = [part.format(uri="", **places) if part != "{uri}" else part for part in arguments]
    filled = [word for part in filled for word in (champion if part == "{uri}" else [part])]
    code, printed, complained = leadquality(*filled)
    assert code == 2, complained
    assert message in is_one_error(complained)
    assert printed == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train"], "Missing argument 'dataset'"),
        (["trian"], "No such command 'trian'"),
        (["train", "x", "--capacity", "0"], "Invalid value for '--capacity'"),
        (["import", "simulated", "--leads", "5", "--into", "x"], "Invalid value for '--leads'"),
        (["score", "x", "-o", "y"], "Missing option '--as-of'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_call_is_exit_code_2(leadquality, arguments, message):
    code, _, complained = leadquality(*arguments)
    assert code == 2
    assert message in " ".join(complained.split())
    assert "Traceback" not in complained


def test_rejected_rows_are_exit_code_2_unless_allowed(leadquality, tmp_path):
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    (tmp_path / "leads.csv").write_text(LEADS.format(second="soon"))
    arguments = ["import", "tables", tmp_path / "mapping.yaml", "--into", tmp_path / "data"]
    code, printed, complained = leadquality(*arguments)
    assert code == 2
    assert "1 leads" in printed
    assert f"rejected: 2 rows (1 of attributes, 1 of leads); see {tmp_path}/data/rejected" in " ".join(
        complained.split()
    )
    assert "Mend the source, or pass --allow-rejected." in complained
    assert Dataset.open(tmp_path / "data").manifest.counts["leads"] == 1
    code, _, complained = leadquality(*arguments, "--allow-rejected")
    assert code == 0
    assert "rejected: 2 rows" in complained
    assert "Mend the source" not in complained
    (tmp_path / "leads.csv").write_text(LEADS.format(second="2025-02-01"))
    code, _, complained = leadquality(*arguments)
    assert code == 0
    assert "rejected" not in complained


def test_the_whole_job(leadquality, registered, tmp_path):
    """Import, features, train, promote, compare and score, each as a user would type it."""
    data, uri = tmp_path / "data", f"sqlite:///{tmp_path}/mlflow.db"
    shutil.copy(registered.folder / "registry" / "mlflow.db", tmp_path / "mlflow.db")
    spec = tmp_path / "spec.yaml"
    spec.write_text("version: 1\nfeatures: default\nfolds: 2\nmodel: {n_estimators: 10, learning_rate: 0.1}\n")

    code, printed, complained = leadquality("import", "simulated", "--leads", 2000, "--seed", 5, "--into", data)
    assert code == 0, complained
    assert "2,000 leads" in printed
    assert "note: A simulated market (seed 5)" in printed

    features = tmp_path / "deep" / "features.parquet"
    code, printed, complained = leadquality("features", data, "--as-of", "2026-03-01", "-o", features)
    assert code == 0, complained
    frame = pd.read_parquet(features)
    assert f"{len(frame):,} open leads, {frame.shape[1] - 2} features" in " ".join(printed.split())
    assert list(frame.columns[:3]) == ["lead_id", "as_of", "lead_age"]

    train = ["train", data, "--spec", spec, "--card", "b2b_example", "--tracking-uri", uri]
    code, printed, complained = leadquality(*train, "--json")
    assert code == 0, complained
    figures = json.loads(printed)
    assert figures["version"] == "3"
    code, printed, complained = leadquality(*train, "--seed", 1, "--capacity", 7)
    assert code == 0, complained
    assert "A row is a lead at a moment; it is positive if an opportunity followed within 90 days." in printed
    assert f"leadquality promote 4 --tracking-uri {uri}" in printed
    assert "AUC" in printed

    code, printed, complained = leadquality("promote", "4", "--tracking-uri", uri)
    assert code == 2, complained
    assert "FAILED  enough_data" in printed
    assert "Version 4 is not promoted" in printed
    code, printed, complained = leadquality(
        "promote", "4", "--force", "a test's market", "--tracking-uri", uri, "--json"
    )
    assert code == 0, complained
    assert json.loads(printed)["forced"] == "a test's market"
    code, printed, complained = leadquality("runs", "--tracking-uri", uri)
    assert (code, complained) == (0, "")
    assert "4 champion" in printed
    assert "Version 4 was promoted all the same: a test's market." in printed

    plot, page = tmp_path / "plots" / "gains.png", tmp_path / "plots" / "page.html"
    code, printed, complained = leadquality(
        "compare", "champion", "b2b_example", "--tracking-uri", uri, "--json", "--plot", plot, "--html", page
    )
    assert code == 0, complained
    assert json.loads(printed)["reference"] == EXAMPLE
    assert plot.read_bytes()[:4] == b"\x89PNG"
    assert page.read_text().startswith("<!DOCTYPE html>")
    code, printed, complained = leadquality("compare", "3", "champion", "--tracking-uri", uri)
    assert code == 0, complained
    assert "which neither learnt from" in printed
    assert "would change grade" in printed

    for name, read in (("scores.parquet", pd.read_parquet), ("scores.csv", pd.read_csv)):
        code, printed, complained = leadquality(
            "score", data, "--as-of", "now", "-o", tmp_path / name, "--tracking-uri", uri
        )
        assert code == 0, complained
        scores = read(tmp_path / name)
        assert f"{len(scores):,} open leads scored by version 4" in " ".join(printed.split())
        assert scores["probability"].between(0, 1, inclusive="neither").all()
        assert scores["reason_1"].str.len().max() > 0


def test_features_are_described_without_computing_them(leadquality, registered, tmp_path):
    data = registered.dataset.path
    code, printed, complained = leadquality("features", data, "--describe")
    assert code == 0, complained
    assert "web_visit_count_30d  (times)" in printed
    arguments = ("--features", "manual", "-o", tmp_path / "f.csv")
    code, printed, complained = leadquality("features", data, "--describe", *arguments)
    assert code == 0, complained
    table = pd.read_csv(tmp_path / "f.csv")
    assert {"touch_last_kind", "title_seniority", "account_opportunity_won_count_all"} <= set(table["name"])
    assert f"{len(table)} features" in printed


def test_the_same_seed_gives_the_same_bytes(leadquality, registered, tmp_path):
    code, _, complained = leadquality(
        "import", "simulated", "--leads", 2000, "--seed", 5, "--into", tmp_path / "d"
    )
    assert code == 0, complained
    assert Dataset.open(tmp_path / "d").manifest.digest == registered.dataset.manifest.digest


def _fail(error):
    def run(**_):
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (LeadQualityError("[bold]x[/bold] is missing"), 2, "error: [bold]x[/bold] is missing\n"),
        (LeadQualityError("no x", hint="give an x"), 2, "error: no x\nhint:  give an x\n"),
        (KeyboardInterrupt(), 130, "interrupted; nothing half-written was left in place\n"),
    ],
)
def test_main_prints_errors_to_standard_error(leadquality, monkeypatch, error, code, said):
    monkeypatch.setattr(cli, "app", _fail(error))
    assert leadquality() == (code, "", said)
