"""Whatever is planted at or after the moment, in any table, changes no feature, present or yet to be declared."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import models
from features.facts import Dataset
from features.facts.clock import DAY, HOUR
from features.history import History
from features.history.from_tables import account_kind
from features.language import expand, profile_dataset, read_declaration
from features.language.behaviour import ACCOUNT_KINDS
from features.levels import learn_levels
from features.plan import compile_plan
from features.reference import PlainLead
from tests.features.histories import ACCOUNTS, KINDS, OBSERVED, START, event, markets, write_dataset
from tests.features.test_kernel import EVERY, assert_same_bits

AS_OF = START + 30 * DAY
#: But for the set that names the kinds of one data set; the language that it uses is held by the others.
SHIPPED = sorted(
    path for path in (Path(models.__file__).parent / "feature_sets").glob("*.yaml") if path.stem != "saas_trial"
)


def with_future(people: list[PlainLead]) -> list[PlainLead]:
    """Plant in every lead what was not known yet: later, at the very moment, and earlier but known late."""
    planted = copy.deepcopy(people)
    for lead in planted:
        late = [(AS_OF - DAY, AS_OF), (AS_OF - 9 * DAY, AS_OF + HOUR)]
        for at, known in [(AS_OF, AS_OF), (AS_OF + DAY, AS_OF + DAY), *late]:
            lead.events += [event(at, kind, known, 77.0, "web", "fair") for kind in ("email", "visit", "webinar")]
        for own in lead.versions.values():
            own += [(AS_OF + i * DAY, f"{i}") for i in range(2) if AS_OF + i * DAY not in {t for t, _ in own}]
        if lead.account is not None:
            lead.deals += [(AS_OF, AS_OF + DAY, True), (AS_OF + DAY, None, None)]
            lead.deals = [_closed_later(deal) for deal in lead.deals]
    # Somebody who was not a lead yet, whatever was known of the person.
    title = {("lead", "title"): [(AS_OF - DAY, "Chief of the unborn")]}
    newcomers = [
        PlainLead(AS_OF + n * DAY, [event(AS_OF - DAY)], account, title) for n in (0, 1) for account in ACCOUNTS
    ]
    return planted + newcomers


def _closed_later(deal):
    created, closed, won = deal
    return (created, AS_OF, won is not True) if created < AS_OF and (closed is None or closed >= AS_OF) else deal


def run(people, folder: Path, feature_set=EVERY, names=None) -> np.ndarray:
    history = History.from_dataset(write_dataset(people, folder))
    plan = compile_plan(
        feature_set, history.kinds, dict.fromkeys([*KINDS, *map(account_kind, ACCOUNT_KINDS)], OBSERVED)
    )
    count = names if names is not None else len(people)
    leads = history.positions(f"L{i:03}" for i in range(count))
    return plan.run(history, leads, np.full(count, AS_OF))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(people=markets())
def test_a_planted_future_changes_no_feature_of_the_language(tmp_path_factory, people):
    folder = tmp_path_factory.mktemp("future")
    before = run(people, folder / "before")
    after = run(with_future(people), folder / "after", names=len(people))
    # A category's levels are learnt elsewhere; here they are fixed, so an unseen text is simply missing.
    assert_same_bits(after, before, EVERY.names)


@pytest.fixture(scope="module")
def two_worlds(tmp_path_factory):
    """Return a small market as it was and with a future planted, written to disk."""
    folder = tmp_path_factory.mktemp("worlds")
    generator = np.random.default_rng(2)
    people = []
    for i in range(40):
        created = START + int(generator.integers(0, 20)) * DAY
        times = created + generator.integers(0, 40 * 24, 15) * HOUR
        events = [
            event(
                int(t),
                ("email", "visit", "webinar")[n % 3],
                None,
                float(n),
                "web" if n % 2 else "mail",
                f"c{n % 4}",
            )
            for n, t in enumerate(times)
        ]
        title = [(created, "Sales Manager"), (created + 12 * DAY, "VP Sales")] if i % 3 else [(created, "Intern")]
        versions = {("lead", "title"): title, ("lead", "visits_before"): [(created, str(i))]}
        account = ("acme", "bolt", None)[i % 3]
        deals = [(created + 3 * DAY, created + 9 * DAY, bool(i % 2))] if account and i % 5 == 0 else []
        people.append(PlainLead(created, events, account, versions, deals=deals))
    write_dataset(people, folder / "before")
    write_dataset(with_future(people), folder / "after")
    return Dataset.open(folder / "before"), Dataset.open(folder / "after"), len(people)


@pytest.mark.parametrize("path", SHIPPED, ids=[path.stem for path in SHIPPED])
def test_a_planted_future_changes_no_feature_of_a_shipped_set(two_worlds, path):
    """Each set expanded on this market: a feature added to it is held to this without another line."""
    before, after, count = two_worlds
    declaration = read_declaration(path)
    history = History.from_dataset(before)
    leads, as_of = history.positions(f"L{i:03}" for i in range(count)), np.full(count, AS_OF)
    feature_set = learn_levels(expand(declaration, profile_dataset(before)), history, leads, as_of)
    observed = dict.fromkeys([*history.observed_from, *history.kinds], START)
    matrices = []
    for dataset in (before, after):
        told = History.from_dataset(dataset, feature_set)
        plan = compile_plan(feature_set, told.kinds, observed)
        matrices.append(plan.run(told, told.positions(f"L{i:03}" for i in range(count)), as_of))
    assert_same_bits(matrices[1], matrices[0], feature_set.names)
    assert np.isfinite(matrices[0]).mean() > 0.3
