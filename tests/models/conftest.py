"""A small model of five features and a card of three rules, grown in a moment on made-up rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.facts.clock import DAY, parse_moment
from features.language import AttributeMatch, AttributeValue, Behaviour, Feature, FeatureSet
from models.boosted import BoostedTrees
from models.calibration import LogitLine
from models.card import PointCard, bind_card
from models.lead_model import LeadModel
from models.manifest import AttributeEntry, Manifest, Scale
from models.scorer import cuts_at_shares

CARD = {
    "version": 2,
    "name": "small",
    "agreed": {"by": ["Ann"], "on": "2025-03-03"},
    "grades": {"A": 30, "B": 20, "C": 10},
    "qualified": 20,
    "fit": {
        "rules": [
            {"name": "Chief", "attribute": "title", "contains": ["vp", "cto"], "points": 20},
            {"name": "Small", "attribute": "employees", "between": [None, 20], "points": -10},
        ]
    },
    "engagement": {
        "rules": [{"name": "Visits", "event": "visit", "within": "30d", "each": True, "points": 5, "cap": 20}]
    },
}


def _feature(name, unit, group, label, source, **more):
    return Feature(name=name, unit=unit, group=group, label=label, source=source, **more)


def feature_set() -> FeatureSet:
    visits = Behaviour(scope="lead", kinds=("visit",), measure="count", span=30 * DAY)
    since = Behaviour(scope="lead", kinds=("visit",), measure="since_last")
    size = AttributeValue(entity="account", attribute="employees", type="number")
    title = AttributeValue(entity="lead", attribute="title", type="category")
    chief = AttributeMatch(entity="lead", attribute="title", texts=("vp", "cto"), whole=False)
    return FeatureSet(
        name="small",
        features=(
            _feature("visit_count_30d", "times", "visits", "visits in 30 days", visits),
            _feature("visit_days_since_last", "days", "visits", "days since last of visits", since),
            _feature("employees", "people", "company", "company size", size),
            _feature("title", "category", "title", "title", title, levels=("Intern", "VP", "CTO")),
            _feature("title_is_chief", "yes or no", "title", "title says chief", chief),
        ),
    )


def _rows(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Made-up rows in the model's columns and labels that rise with visits and with a chief's title."""
    rng = np.random.default_rng(0)
    title = rng.integers(0, 3, n).astype(float)
    X = np.column_stack(
        [rng.poisson(2, n), rng.exponential(9, n), rng.lognormal(4, 1.5, n), title, (title > 0).astype(float)]
    )
    chance = 1 / (1 + np.exp(3 - 0.6 * X[:, 0] - 1.5 * X[:, 4] - 0.004 * np.minimum(X[:, 2], 300)))
    y = (rng.random(n) < chance).astype(int)
    X[rng.random(n) < 0.2, 2] = np.nan
    return X, y


@pytest.fixture(scope="session")
def rows():
    return _rows(2000)[0]


@pytest.fixture(scope="session")
def model():
    X, y = _rows(2000)
    features = feature_set()
    trees = BoostedTrees(n_estimators=40, min_child_samples=20, reg_lambda=1.0, n_jobs=1)
    trees.fit(X, y, feature_names=features.names, categories=[3])
    attributes = [
        AttributeEntry(entity="lead", name="title", type="category"),
        AttributeEntry(entity="account", name="employees", type="number"),
    ]
    card = bind_card(PointCard.model_validate(CARD), [(a.entity, a.name) for a in attributes], ["visit"])
    card = replace(card, calibration=LogitLine(slope=0.05, intercept=-2.0))
    manifest = Manifest(
        trained_at="2026-01-01T00:00:00Z",
        horizon=90 * DAY,
        dataset_digest="0" * 64,
        kinds=("email", "visit"),
        observed_from={"email": parse_moment("2024-01-01"), "visit": parse_moment("2024-01-01")},
        attributes=tuple(attributes),
        details={"training_rows": 2000},
    )
    blank = Scale(cuts=(1.0, 1.0, 1.0), quantiles=(0.0, 1.0), points_per_log_odds=12.5)
    everything = features.union(card.feature_set.features)
    bare = LeadModel(
        trees.booster_, everything, LogitLine(slope=0.9, intercept=-0.2), blank, manifest, card, version="3"
    )
    probability = bare.probability(X)
    scale = Scale(
        cuts=cuts_at_shares(probability, (0.05, 0.2, 0.5)),
        quantiles=tuple(np.quantile(probability, np.linspace(0, 1, 201)).tolist()),
        points_per_log_odds=12.5,
    )
    return replace(bare, scale=scale)


@pytest.fixture(scope="session")
def matrix(model, rows):
    """Return the rows with the card's columns, which here are the chief's match, the visits and the size."""
    columns = {"card_1_chief": rows[:, 4], "card_account_employees_number": rows[:, 2]}
    names = model.feature_set.names[model.width :]
    return np.column_stack([rows, *(columns[name] for name in names)])
