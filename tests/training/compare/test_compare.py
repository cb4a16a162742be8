"""Two scorers against each other: whole comparisons on the small market, and what cannot be compared."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from features.errors import ConfigError, DatasetError
from models.registry import Registry, RegistryError
from tests.cards import EXAMPLE as CARD
from training.compare import compare_scorers, is_card
from training.compare.origins import compare_origins
from training.compare.page import render
from training.compare.periods import Regret
from training.compare.tables import origins_table
from training.metrics import log_loss
from training.promote import make_champion


@pytest.fixture(scope="module")
def against_card(registered):
    return compare_scorers("1", "b2b_example", uri=registered.uri)


@pytest.fixture(scope="module")
def own(registered, tmp_path_factory):
    """Return the URI of a registry whose champion is version 1."""
    folder = tmp_path_factory.mktemp("own")
    shutil.copy(registered.folder / "registry" / "mlflow.db", folder / "mlflow.db")
    uri = f"sqlite:///{folder}/mlflow.db"
    make_champion(Registry(uri), "1", None)
    return uri


@pytest.fixture(scope="module")
def versions(own, registered):
    return compare_scorers("2", "champion", registered.dataset.path, uri=own)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("b2b_example", True), ("mine.yaml", True), ("mine.yml", True), ("1", False), ("champion", False)],
)
def test_cards_are_told_from_versions(name, expected):
    assert is_card(name) is expected


def test_a_version_against_a_card_repeats_the_trainings_own_figures(registered, against_card):
    found = against_card.comparison
    at_training = registered.trained.comparison
    assert list(found.estimates) == ["version 1", CARD]
    assert found.reference == CARD
    assert (found.n_rows, found.n_positives) == (at_training.n_rows, at_training.n_positives)
    for here, there in (("version 1", "model"), (CARD, "card")):
        assert found.estimates[here]["auc"].value == pytest.approx(at_training.estimates[there]["auc"].value)


def test_a_comparison_is_kept_with_the_first_models_run(registered, against_card):
    client = MlflowClient(tracking_uri=registered.uri, registry_uri=registered.uri)
    kept = client.list_artifacts(registered.trained.registered.run_id, "comparisons")
    names = {artifact.path for artifact in kept}
    assert names >= {f"comparisons/1-against-b2b_example.{kind}" for kind in ("json", "png", "html")}
    assert len(against_card.segments) > 3


def test_a_version_against_an_alias(versions, registered):
    assert versions.comparison.reference == "version 1"
    assert set(versions.comparison.estimates) == {"version 1", "version 2"}
    assert "which neither learnt from" in versions.rows_said
    assert str(registered.dataset.path) in versions.rows_said


def test_an_alias_against_its_own_version_is_an_error(own, registered):
    with pytest.raises(ConfigError, match="are the same version 1: name two different scorers"):
        compare_scorers("1", "champion", registered.dataset.path, uri=own)


def test_what_cannot_be_compared_is_an_error(registered, tmp_path):
    with pytest.raises(ConfigError, match="against itself"):
        compare_scorers("1", "1", uri=registered.uri)
    with pytest.raises(RegistryError, match="no version or alias '7'"):
        compare_scorers("1", "7", uri=registered.uri)
    with pytest.raises(DatasetError, match="no such folder"):
        compare_scorers("1", "2", tmp_path / "none", uri=registered.uri)


def test_segments_of_an_attribute_are_all_rows(versions):
    by_attribute: dict[str, list] = {}
    for segment in versions.segments:
        by_attribute.setdefault(segment.attribute, []).append(segment)
    assert "channel of the first touch" in by_attribute
    assert "lead's lead source" in by_attribute
    for segments in by_attribute.values():
        assert sum(segment.part.rows for segment in segments) == versions.comparison.n_rows
        assert len({segment.value for segment in segments}) == len(segments)


def test_a_segments_measures_are_those_of_its_rows(versions):
    """Found again from the attribute's value on the rows, by another way."""
    ground = versions.ground
    table = ground.dataset.rows(
        "SELECT entity_id, value FROM attributes WHERE entity='lead' AND name='lead_source'"
    )
    source = {lead: value for lead, value in table if value is not None}
    segment = next(s for s in versions.segments if s.attribute == "lead's lead source" and s.part.measures)
    rows = np.array([source.get(lead) == segment.value for lead in ground.lead_ids])
    assert rows.sum() == segment.part.rows
    assert len(set(ground.lead_ids[rows & (ground.held.label == 1)])) == segment.part.opportunities
    found = segment.part.measures["log_loss"]
    label, weight = ground.held.label[rows], ground.weight[rows]
    assert found.a == pytest.approx(log_loss(versions.a.probability[rows], label, weight))
    assert found.b == pytest.approx(log_loss(versions.b.probability[rows], label, weight))
    assert found.difference.low < found.difference.value < found.difference.high


def test_periods_are_all_rows_and_regret_is_what_is_lost_to_the_better(versions):
    assert 2 <= len(versions.periods) <= 4
    assert sum(period.part.rows for period in versions.periods) == versions.comparison.n_rows
    for before, after in zip(versions.periods, versions.periods[1:], strict=False):
        assert before.ends == after.begins
    for period in versions.periods:
        loss = period.part.measures["log_loss"]
        assert sorted(period.regret) == pytest.approx([0.0, abs(loss.a - loss.b)])
    first, second = versions.regrets
    assert first.worst == max(period.regret[0] for period in versions.periods)
    assert second.mean == pytest.approx(np.mean([period.regret[1] for period in versions.periods]))


def test_regret_is_told_as_what_relying_on_one_alone_would_have_cost(versions):
    first, second = Regret(0.0, 0.0), Regret(0.02, 0.01)
    ahead = versions._regret_said(first, second)
    assert f"By log loss {versions.a.label} was ahead in each of the" in ahead
    assert f"relying on {versions.b.label} alone would have cost 0.0100 a row on average and 0.0200 in" in ahead
    assert f"By log loss {versions.b.label} was ahead in each" in versions._regret_said(second, first)
    both = versions._regret_said(Regret(0.03, 0.015), second)
    assert f"0.0300 a row with {versions.a.label} (on average 0.0150) and 0.0200 with {versions.b.label}" in both
    assert "0.0000" not in ahead


def test_versions_that_were_backtested_on_the_same_rows_are_compared_at_each_origin(registered, versions):
    """The two of the fixture have the same data and split; where rows differ, the reason is told."""
    folds = registered.trained.backtest.folds.folds
    found = versions.origins
    trained = {"version 1": registered.trained.backtest, "version 2": registered.second.backtest}
    assert [origin.number for origin in found.origins] == [fold.number for fold in folds], found.why
    for number, origin in enumerate(found.origins):
        for label, backtest in trained.items():
            own = backtest.by_fold[number].estimates["model"]
            for metric in ("log_loss", "auc"):
                assert origin.comparison.estimates[label][metric].value == pytest.approx(
                    own[metric].value, abs=1e-6
                )
        gap = origin.comparison.differences[versions.a.label]["log_loss"]
        assert gap.low <= gap.value <= gap.high
    assert f"of the {len(folds)} origins of their backtests {versions.a.label} loses less" in " ".join(
        versions.sentences()
    )
    told = versions.to_dict()["backtest"]
    assert (told["why_not"], len(told["origins"])) == (None, len(folds))
    assert origins_table(versions).row_count == len(folds)
    assert "<h2>At each origin of the backtest</h2>" in render(versions)


def test_why_there_is_no_comparison_at_origins(registered, against_card):
    assert "has no version; train --card holds it there" in against_card.origins.why
    assert against_card.origins.why in against_card.sentences()
    assert origins_table(against_card) is None

    def why(*kept):
        """Return the reason for what two versions keep, None for nothing."""
        left = list(kept)

        def download(run_id, name, folder):
            content = left.pop(0)
            if content is None:
                raise MlflowException("none")
            path = Path(folder) / name
            path.write_text(json.dumps({"origins": content}), encoding="utf-8")
            return str(path)

        client = SimpleNamespace(download_artifacts=download)
        registry = SimpleNamespace(resolve=lambda _: SimpleNamespace(run_id="1"), client=client)
        models = (SimpleNamespace(version="1"), SimpleNamespace(version="2"))
        return compare_origins(registry, models, ("version 1", "version 2"), 0).why

    assert "version 2 keeps no rows of one" in why([{"digest": "a"}], None)
    assert "version 1 predicted other rows there than version 2" in why([{"digest": "a"}], [{"digest": "b"}])
    assert "too many rows" in why([{"digest": "a"}], [{"digest": "a"}])


def test_finds_are_the_tables_figures_taken_apart(versions):
    finds, estimates = versions.finds, versions.comparison.estimates
    assert finds.both + len(finds.only_a) == estimates["version 2"]["found_at_capacity"].value
    assert finds.both + len(finds.only_b) == estimates["version 1"]["found_at_capacity"].value
    assert finds.both + len(finds.only_a) + len(finds.only_b) + finds.neither == finds.opportunities
    assert not {find.lead_id for find in finds.only_a} & {find.lead_id for find in finds.only_b}
    ground = versions.ground
    won = set(ground.lead_ids[ground.held.label == 1])
    for find in (*finds.only_a, *finds.only_b):
        assert find.lead_id in won
        assert np.datetime64(find.week).astype(object).weekday() == 0
        assert 0 <= np.datetime64(find.as_of[:10]) - np.datetime64(find.week) < np.timedelta64(7, "D")
        assert find.reasons_a
        assert find.reasons_b


def test_a_cards_reasons_are_its_rules(against_card):
    card = against_card.b.scorer
    rules = {rule.name for rule in card.card.rules}
    finds = [*against_card.finds.only_a, *against_card.finds.only_b]
    said = [reason for find in finds for reason in find.reasons_b]
    assert said
    assert {reason.rsplit(" (", 1)[0] for reason in said} <= rules


def test_the_bill_counts_open_leads_by_both_grades(versions):
    churn, after, before = versions.churn, versions.a.grades, versions.b.grades
    assert churn.n_open == len(versions.ground.opened) == np.sum(churn.table)
    assert churn.table[0][3] == ((before == "A") & (after == "D")).sum()
    assert churn.table[2][1] == ((before == "C") & (after == "B")).sum()
    assert churn.changed == (after != before).sum() > 0
    assert churn.rises == (after < before).sum()
    lead = {lead_id: i for i, lead_id in enumerate(versions.ground.history.lead_ids[versions.ground.opened])}
    for mover in churn.up:
        i = lead[mover.lead_id]
        assert (mover.before, mover.after) == (before[i], after[i])
        assert mover.after < mover.before
        assert all(reason.points_a > reason.points_b for reason in mover.reasons)
    assert all(mover.after > mover.before for mover in churn.down)
    assert f"Of {churn.n_open:,} open leads {churn.changed:,}" in churn.sentence("version 2", "version 1")


def test_points_of_a_card_stand_under_what_its_rules_read(against_card):
    groups = {reason.group for mover in against_card.churn.down for reason in mover.reasons}
    assert groups <= {*against_card.a.scorer.groups, *(f.group for f in against_card.b.scorer.rule_features)}
    assert any(reason.points_b for mover in against_card.churn.down for reason in mover.reasons)


def test_everything_is_in_the_json(against_card):
    found = json.loads(against_card.to_json())
    assert found["reference"] == CARD
    assert len(found["segments"]) == len(against_card.segments)
    assert {"a", "b", "difference", "low", "high"} <= set(found["periods"][0]["log_loss"])
    assert len(found["finds"]["only_a"]) == len(against_card.finds.only_a)
    assert sum(part["rows"] for part in found["reliability"]["version 1"]) == against_card.comparison.n_rows
    assert np.sum(found["churn"]["table"]) == found["churn"]["n_open"]
    assert found["sentences"] == against_card.sentences()


def test_two_cards_need_a_dataset_and_are_compared_on_it(registered, tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "version: 2\nname: mine\nagreed: {by: [sales], on: 2026-01-01}\nqualified: 10\n"
        "engagement: {rules: [{name: Demo, points: 10, event: demo_request}]}\ngrades: {A: 30, B: 20, C: 10}\n"
    )
    found = compare_scorers(str(mine), "b2b_example", registered.dataset.path, uri=registered.uri)
    assert found.a.label.startswith("card mine@")
    assert found.churn.n_open == len(found.ground.opened)
