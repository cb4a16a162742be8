"""What a model says of its own probability: interval, other horizons, similar leads; kept, loaded and answered."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from features.errors import ConfigError, DatasetError
from features.facts.clock import DAY, parse_moment
from features.payload import read_lead
from models.answer import answer_lead, score_matrix
from models.calibration import BetaCurve, LogitLine, VennAbersBand
from models.lead_model import LeadModel
from models.scorer import GRADES
from models.similar import FEWEST_LEADS, Counted, SimilarLeads

NOW = parse_moment("2026-06-01T00:00:00Z")
LEAD = {"lead_id": "L1", "created_at": "2026-05-01", "attributes": {"title": "VP", "employees": 12}}
PAST = SimilarLeads(
    horizon_days=90,
    feature="title",
    label="title",
    grades=tuple(Counted(grade=grade, leads=100 * (i + 1), became=14 - i) for i, grade in enumerate(GRADES)),
    segments=(
        Counted(grade="A", segment="VP", leads=61, became=14),
        Counted(grade="B", segment="VP", leads=FEWEST_LEADS - 1, became=9),
    ),
)


@pytest.fixture
def full(model, matrix):
    raw = model.raw_total(matrix)
    label = np.random.default_rng(0).random(len(raw)) < 1 / (1 + np.exp(-raw))
    band = VennAbersBand.fit(raw, label, None, np.arange(len(raw)) // 3, resamples=50)
    return replace(
        model,
        calibration=BetaCurve(a=0.8, b=1.2, c=-0.1),
        start=LogitLine(slope=0.02, intercept=-0.5),
        horizons={30 * DAY: -1.1, 180 * DAY: 0.4},
        band=band,
        past=PAST,
    )


def test_all_parts_are_kept_and_come_back(full, matrix, tmp_path):
    full.save(tmp_path)
    names = {file.name for file in tmp_path.iterdir()}
    assert {"start.json", "horizons.json", "band.json", "similar.json", "calibration.json"} <= names
    for file in tmp_path.glob("*.json"):
        json.loads(file.read_text())
    again = LeadModel.load(tmp_path, version=full.version)
    for part in ("calibration", "start", "horizons", "band", "past"):
        assert getattr(again, part) == getattr(full, part), part
    np.testing.assert_array_equal(again.total(matrix), full.total(matrix))
    np.testing.assert_array_equal(again.interval(matrix), full.interval(matrix))


def test_a_model_of_before_loads_without_them(model, matrix, tmp_path):
    model.save(tmp_path)
    (tmp_path / "calibration.json").write_text('{"slope": 0.9, "intercept": -0.2}')
    again = LeadModel.load(tmp_path)
    assert (again.start, again.horizons, again.band, again.past) == (None, {}, None, None)
    np.testing.assert_array_equal(again.total(matrix), model.total(matrix))
    assert again.interval(matrix) is None
    assert again.similar(matrix[0]) is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("start.json", "{}"),
        ("horizons.json", '{"a": 1}'),
        ("band.json", '{"places": [1, 0]}'),
        ("similar.json", "[]"),
    ],
)
def test_a_damaged_part_is_an_error_of_ours(full, tmp_path, name, content):
    full.save(tmp_path)
    (tmp_path / name).write_text(content)
    with pytest.raises(DatasetError, match="not a usable model"):
        LeadModel.load(tmp_path)


def test_counts_by_a_feature_that_is_not_there_are_refused(full, tmp_path):
    replace(full, past=PAST.model_copy(update={"feature": "nowhere"})).save(tmp_path)
    with pytest.raises(DatasetError, match=r"similar\.json counts by nowhere"):
        LeadModel.load(tmp_path)


def test_horizons_never_contradict_each_other(full, matrix):
    days = [30, 90, 180]
    p = np.stack([full.probability_at(matrix, day * DAY) for day in days])
    assert (np.diff(p, axis=0) > 0).all()
    np.testing.assert_array_equal(p[1], full.probability(matrix))
    with pytest.raises(ConfigError, match=r"no probability within 60 days; it knows 30, 90, 180 days"):
        full.probability_at(matrix, 60 * DAY)


def test_the_probability_is_in_its_interval(full, matrix):
    low, high = full.interval(matrix)
    p = full.probability(matrix)
    assert ((low <= p) & (p <= high)).all()
    raw_low, raw_high = full.band.interval(full.raw_total(matrix))
    np.testing.assert_array_equal(low, np.minimum(raw_low, p))
    np.testing.assert_array_equal(high, np.maximum(raw_high, p))


def test_similar_leads_are_of_grade_and_segment_or_of_the_grade_alone(full, matrix):
    grades = full.grades(matrix)
    title = full.feature_set.position("title")
    for grade, level, expected in [
        ("A", 1, (61, 14, "of 61 similar past leads (grade A, title: VP) 14 became opportunities within 90 days")),
        ("B", 1, (200, 13, "of 200 similar past leads (grade B) 13 became opportunities within 90 days")),
        ("A", 2, (100, 14, "of 100 similar past leads (grade A) 14 became opportunities within 90 days")),
    ]:
        rows = matrix[(grades == grade) & (matrix[:, title] == level)]
        assert full.similar(rows[0]) == expected
    unknown = matrix[grades == "A"][0].copy()
    unknown[title] = np.nan
    assert full.similar_to(unknown, "A").leads == 100
    none = replace(full, past=PAST.model_copy(update={"grades": (), "segments": ()}))
    assert none.similar(matrix[0])[:2] == (0, 0)


def test_the_answer_tells_interval_horizons_and_similar_leads(full):
    facts = read_lead(LEAD, full.vocabulary, NOW)
    found = answer_lead(full, facts, full=True)
    assert found["status"] == "scored"
    assert found["probability_low"] <= found["probability"] <= found["probability_high"]
    assert [entry["horizon_days"] for entry in found["horizons"]] == [30, 90, 180]
    assert found["horizons"][1]["probability"] == found["probability"]
    assert found["similar"].startswith("of ")
    json.dumps(found, allow_nan=False)
    assert "agreed points" in {group["group"] for group in found["groups"]}


def test_a_batch_has_the_interval(full, model, matrix):
    batch = score_matrix(full, matrix)
    np.testing.assert_array_equal([batch.low, batch.high], full.interval(matrix))
    assert score_matrix(model, matrix).low is None
