"""Spark gives the bits of the single-machine path: edge cases, made-up markets, a simulated market."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import Phase, find, settings

from features.engines import LocalEngine, compute
from features.engines import spark as spark_engine
from features.engines.spark import SparkEngine
from features.engines.worker import versions
from features.errors import ConfigError, DataError, DatasetError
from features.facts.clock import DAY, HOUR
from features.facts.publish import silent
from features.functions import find_function
from features.language import Feature, FeatureSet, Function, expand, profile_dataset, read_declaration
from features.levels import learn_levels
from features.reference import PlainLead
from features.simulation import import_simulated
from tests.features.every_feature import every_feature
from tests.features.histories import START, UNTRACKED, event, markets, write_dataset
from tests.features.test_kernel import assert_same_bits
from training.material import gather, shipped
from training.spec import read_spec

EVERY = every_feature()
pytestmark = pytest.mark.usefixtures("spark")


def both(dataset, feature_set, leads, as_of):
    """Return the matrices of the two engines."""
    found = []
    for engine in (LocalEngine(), SparkEngine("local[2]")):
        history = engine.history(dataset, feature_set)
        found.append(engine.matrix(dataset, history, feature_set, leads, as_of, silent))
    return found


def made_up_people():
    """Return the edge cases in one market, and a few drawn ones after them."""
    generator = np.random.default_rng(5)
    at = START + generator.integers(0, 59 * 24, 10_000) * HOUR
    kinds, channels = generator.integers(0, 3, 10_000), generator.integers(0, 3, 10_000)
    many = [
        event(int(t), ("email", "visit", "webinar")[k], None, float(k) / 7, (None, "web", "mail")[c])
        for t, k, c in zip(at, kinds, channels, strict=True)
    ]
    as_of = START + 30 * DAY
    same_instant = [event(as_of - DAY, k, value=v) for k in ("visit", "email") for v in (0.3, 0.1, 0.2, 1e9)]
    known_later = [event(as_of - 2 * DAY, known_at=as_of), event(as_of - 2 * DAY, known_at=as_of - 1)]
    titles = {("lead", "title"): [(START, "CTO"), (START + 9 * DAY, None), (as_of, "Intern")]}
    size = {("account", "size"): [(START + DAY, "10"), (START + 20 * DAY, "500")]}
    return [
        PlainLead(START + DAY, []),
        PlainLead(START + DAY, [event(as_of)], versions=dict(titles)),
        PlainLead(START + DAY, [event(as_of - 1, value=-7.25)], "acme", versions=titles | size),
        PlainLead(START, many, "acme", deals=[(START, START + DAY, True)], versions=dict(size)),
        PlainLead(START + 2 * DAY, same_instant, "acme", deals=[(as_of, None, None)], versions=dict(size)),
        PlainLead(START + 2 * DAY, known_later, None, deals=[(START + 3 * DAY, as_of, False)]),
        PlainLead(START + 2 * DAY, list(same_instant), None, versions={("lead", UNTRACKED): [(START, "11-50")]}),
        # Enough colleagues that no hash but one of the account brings them together.
        *[PlainLead(START + n * DAY, [event(as_of - n * DAY)], "acme", dict(size)) for n in range(8)],
    ]


def drawn_market(seed):
    """Return a market as Hypothesis makes them, the same one for a seed."""
    return find(
        markets(most_leads=8),
        lambda people: len(people) > 5 and any(p.account for p in people) and any(p.events for p in people),
        settings=settings(database=None, phases=(Phase.generate,), max_examples=2000),
        random=random.Random(seed),
    )


def check_every_feature(people, folder, moments):
    dataset = write_dataset(people, folder / "data")
    leads = np.repeat(np.arange(len(people)), len(moments))
    as_of = np.tile(np.array(moments, np.int64), len(people))
    shuffled = np.random.default_rng(1).permutation(len(leads))
    local, spark = both(dataset, EVERY, leads[shuffled], as_of[shuffled])
    assert_same_bits(spark, local, EVERY.names)
    return local


def test_edge_cases_have_the_same_bits(tmp_path):
    local = check_every_feature(made_up_people(), tmp_path, [START + 10 * DAY, START + 30 * DAY])
    assert np.nanmax(local) > 1000
    assert 0.05 < np.isnan(local).mean() < 0.95


@pytest.mark.parametrize("seed", [1, 2])
def test_drawn_markets_have_the_same_bits(seed, tmp_path):
    check_every_feature(drawn_market(seed), tmp_path, [START + 12 * DAY, START + 40 * DAY])


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    return import_simulated(1200, 7, tmp_path_factory.mktemp("simulated") / "data [1] {a, b}")


@pytest.mark.parametrize("name", ["manual", "default"])
def test_simulated_market_has_the_same_bits(name, market):
    declared = expand(read_declaration(shipped("feature_sets", name)), profile_dataset(market))
    history = LocalEngine().history(market, declared)
    generator = np.random.default_rng(3)
    leads = generator.integers(0, len(history.lead_ids), 1500)
    as_of = history.arrays.created_at[leads] + generator.integers(1, 200 * DAY, 1500)
    fitted = learn_levels(declared, history, leads, as_of)
    sparks = SparkEngine("local[2]").history(market, declared)
    assert learn_levels(declared, sparks, leads, as_of) == fitted
    assert (sparks.kinds, sparks.observed_from) == (history.kinds, history.observed_from)
    local, spark = both(market, fitted, leads, as_of)
    assert_same_bits(spark, local, fitted.names)
    assert (np.nan_to_num(local) != 0).any(axis=0).mean() > 0.8


def some_rows(market):
    """Return two leads, the first of them at two moments and twice at one, in no order."""
    leads = market.frame("leads").sort_values("created_at")["lead_id"].tolist()
    moment = pd.Timestamp(market.observed_until, unit="us", tz="UTC") - pd.Timedelta(days=1)
    late, early = moment, moment - pd.Timedelta(days=9)
    return pd.DataFrame({"lead_id": [leads[4], leads[0], leads[4], leads[4]], "as_of": [late, late, early, late]})


def numbers_only(market):
    declared = expand(read_declaration(shipped("feature_sets", "default")), profile_dataset(market))
    return FeatureSet(name="numbers", features=tuple(f for f in declared.features if not f.is_category)[:20])


def test_rows_come_back_in_the_order_asked_and_as_often(market):
    rows = some_rows(market)
    found = compute(market, numbers_only(market), rows, engine="spark", master="local[2]")
    assert found["lead_id"].tolist() == rows["lead_id"].tolist()
    assert found["as_of"].tolist() == rows["as_of"].tolist()
    ages = found["lead_age"]
    assert (ages[0] - ages[2], ages[0] == ages[3]) == (9, True)
    pd.testing.assert_frame_equal(found.iloc[[0]], found.iloc[[3]].set_axis([0]))
    pd.testing.assert_frame_equal(found, compute(market, numbers_only(market), rows))


def test_a_set_without_events_or_attributes(market):
    ages = FeatureSet(name="age", features=tuple(f for f in numbers_only(market).features if f.name == "lead_age"))
    rows = some_rows(market)
    found = compute(market, ages, rows, engine="spark", master="local[2]")
    pd.testing.assert_frame_equal(found, compute(market, ages, rows))


def test_unknown_lead_is_named(market):
    rows = some_rows(market).assign(lead_id=lambda frame: [*frame["lead_id"][:3], "nobody"])
    with pytest.raises(DataError, match=r"rows: row 4: lead 'nobody' .* is not in the dataset \(1 such rows\)"):
        compute(market, numbers_only(market), rows, engine="spark", master="local[2]")


def test_another_dataset_on_the_cluster_is_refused(market, tmp_path):
    other = import_simulated(200, 8, tmp_path / "other")
    engine = {"engine": "spark", "master": "local[2]"}
    with pytest.raises(DatasetError, match="is another dataset than"):
        compute(market, numbers_only(market), some_rows(market), **engine, cluster_path=str(other.path))
    with pytest.raises(DatasetError, match="the cluster does not find the dataset there"):
        compute(market, numbers_only(market), some_rows(market), **engine, cluster_path=str(tmp_path / "nowhere"))


def test_an_error_in_a_worker_comes_back_as_itself(market, monkeypatch):
    monkeypatch.setattr(spark_engine, "versions", lambda: versions() | {"numpy": "1.0"})
    with pytest.raises(ConfigError, match=r"an executor has another numpy .* \(driver: 1.0\)"):
        compute(market, numbers_only(market), some_rows(market), engine="spark", master="local[2]")


def test_a_function_that_workers_cannot_import_is_named(tmp_path, monkeypatch):
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "not_shipped.py").write_text(
        "from features.functions import feature_function\n\n@feature_function\ndef ones(lead):\n    return 1.0\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "modules")
    _, digest = find_function("not_shipped", "ones")
    source = Function(module="not_shipped", function="ones", digest=digest)
    feature = Feature(name="ones", unit="x", group="x", label="ones", source=source)
    dataset = write_dataset([PlainLead(START, [])], tmp_path / "data")
    rows = pa.table({"lead_id": ["L000"], "as_of": [START + DAY]})
    with pytest.raises(ConfigError, match="function not_shipped:ones: the module cannot be imported"):
        compute(dataset, FeatureSet(name="x", features=(feature,)), rows, engine="spark", master="local[2]")


def test_a_training_stands_on_the_same_matrix(market):
    spec = read_spec("default", card="b2b_example")
    local, spark = gather(market, spec), gather(market, spec, engine=SparkEngine("local[2]"))
    assert spark.feature_set == local.feature_set
    assert np.array_equal(spark.rows.label, local.rows.label)
    assert_same_bits(spark.matrix, local.matrix, local.feature_set.names)
    assert not spark.history.with_events
