"""A kept model: text and JSON, the same scores after a round trip, and grades as the card spreads them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from features.errors import DatasetError, LeadQualityError
from models.lead_model import LeadModel
from models.scorer import cuts_at_shares, grade_letters

FILES = {
    "booster.txt",
    "features.json",
    "calibration.json",
    "scale.json",
    "manifest.json",
    "card.json",
    "card_calibration.json",
}


@pytest.fixture
def folder(model, tmp_path):
    model.save(tmp_path / "model")
    return tmp_path / "model"


def test_a_saved_model_scores_the_same(model, matrix, folder):
    again = LeadModel.load(folder, version="9")
    assert (model.name, again.name) == ("model 3", "model 9")
    for name in ("total", "probability", "grades"):
        np.testing.assert_array_equal(getattr(again, name)(matrix), getattr(model, name)(matrix), err_msg=name)
    np.testing.assert_array_equal(again.contributions(matrix).values, model.contributions(matrix).values)
    np.testing.assert_array_equal(
        again.card.probability(matrix[:, again.card_columns]),
        model.card.probability(matrix[:, model.card_columns]),
    )
    assert (again.manifest, again.scale, again.feature_set) == (model.manifest, model.scale, model.feature_set)
    assert again.vocabulary == model.vocabulary


def test_the_files_are_text_and_json_only(folder):
    assert {file.name for file in folder.iterdir()} == FILES
    for file in folder.iterdir():
        text = file.read_text(encoding="utf-8")
        assert text.isprintable() or "\n" in text
        if file.suffix == ".json":
            json.loads(text)


def test_a_model_without_a_card_is_kept_without_one(model, matrix, tmp_path):
    replace(model, card=None).save(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == FILES - {"card.json", "card_calibration.json"}
    again = LeadModel.load(tmp_path)
    assert (again.card, again.card_columns) == (None, [])
    np.testing.assert_array_equal(again.total(matrix), model.total(matrix))


def test_a_card_without_calibration_is_kept_so(model, tmp_path):
    replace(model, card=replace(model.card, calibration=None)).save(tmp_path)
    assert LeadModel.load(tmp_path).card.calibration is None


@pytest.mark.parametrize("name", sorted(FILES - {"card.json"}))
def test_a_missing_file_is_an_error(folder, name):
    (folder / name).unlink()
    with pytest.raises(DatasetError, match="not a usable model") as caught:
        LeadModel.load(folder)
    assert str(folder) in caught.value.message
    assert caught.value.hint == "train again with: leadquality train"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("booster.txt", "tree\nversion=v4\n"),
        ("booster.txt", "garbage"),
        ("features.json", "{}"),
        ("calibration.json", '{"slope": 1}'),
        ("scale.json", "["),
        ("manifest.json", '{"format": 1}'),
        ("card.json", "{}"),
        ("card_calibration.json", "nul"),
    ],
)
def test_a_damaged_file_is_an_error_of_ours(folder, name, content):
    (folder / name).write_text(content)
    with pytest.raises(LeadQualityError) as caught:
        LeadModel.load(folder)
    assert str(folder) in caught.value.message
    assert "\n" not in caught.value.message


def test_trees_with_other_columns_are_refused(folder):
    text = (folder / "features.json").read_text()
    (folder / "features.json").write_text(text.replace('"name":"employees"', '"name":"staff"'))
    if text == (folder / "features.json").read_text():
        (folder / "features.json").write_text(text.replace('"name": "employees"', '"name": "staff"'))
    with pytest.raises(DatasetError, match=r"columns are not those of features\.json"):
        LeadModel.load(folder)


def test_contributions_add_up_by_feature_and_by_group(model, matrix):
    single, grouped = model.feature_contributions(matrix), model.contributions(matrix)
    total = model.total(matrix)
    np.testing.assert_allclose(single.base + single.values.sum(axis=1), total, atol=1e-9, rtol=0)
    np.testing.assert_allclose(grouped.base + grouped.values.sum(axis=1), total, atol=1e-9, rtol=0)
    assert grouped.groups == model.groups == ("visits", "company", "title")
    np.testing.assert_allclose(grouped.values[:, 0], single.values[:, 0] + single.values[:, 1])
    np.testing.assert_allclose(grouped.values[:, 2], single.values[:, 3] + single.values[:, 4])


def test_the_score_is_the_share_of_reference_leads_below(model):
    by_hand = replace(model, scale=model.scale.model_copy(update={"quantiles": (0.1, 0.2, 0.3, 0.4, 0.5)}))
    probability = np.array([0.0, 0.05, 0.15, 0.25, 0.35, 0.45, 0.6, 1.0])
    assert by_hand.score(probability).tolist() == [0, 0, 25, 50, 75, 100, 100, 100]


def test_the_score_rises_with_the_probability_from_0_to_100(model, matrix):
    probability = np.sort(model.probability(matrix))
    score = model.score(probability)
    assert score.dtype == np.int64
    assert (np.diff(score) >= 0).all()
    assert (score[0], score[-1]) == (0, 100)
    assert abs(score.mean() - 50) < 2


def test_grades_fall_at_the_shares_that_the_scale_was_made_for(model, matrix):
    grades = model.grades(matrix)
    shares = [float(np.isin(grades, list(letters)).mean()) for letters in ("A", "AB", "ABC", "ABCD")]
    assert shares == pytest.approx([0.05, 0.2, 0.5, 1.0], abs=0.01)
    assert model.probability(matrix)[grades == "A"].min() > model.probability(matrix)[grades == "B"].max()


@pytest.mark.parametrize(
    ("shares", "cuts"),
    [
        ((0.0, 0.5, 1.0), (10.0, 5.0, 0.0)),
        ((0.1, 0.2, 0.3), (9.0, 8.0, 7.0)),
        ((-0.1, 0.5, 1.2), (10.0, 5.0, 0.0)),
    ],
)
def test_cuts_at_shares_by_hand(shares, cuts):
    assert cuts_at_shares(np.arange(11.0), shares) == pytest.approx(cuts)


def test_a_value_at_the_cut_has_the_grade():
    assert grade_letters(np.array([60, 59.9, 40, 20, 19, np.nan]), (60, 40, 20)).tolist() == list("ABBCDD")


def test_a_version_is_a_name_and_nothing_else(model, matrix):
    other = model.with_version("8")
    assert (other.version, model.version) == ("8", "3")
    np.testing.assert_array_equal(other.total(matrix), model.total(matrix))
    assert other.horizon == model.horizon
