"""The training specification: what it may say, its overrides, and errors that name the key."""

from __future__ import annotations

import pytest

from features.errors import LeadQualityError
from features.facts.clock import DAY, HOUR
from training.spec import SHIPPED, Snapshots, TrainingSpec, Trust, override, read_spec, read_trust


def read(tmp_path, text, **overrides):
    path = tmp_path / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return read_spec(str(path), **overrides)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_specification_reads(path):
    spec = read_spec(path.stem)
    assert spec.horizon_us > 0
    assert TrainingSpec.model_validate(spec.model_dump(mode="json")) == spec, "as a model keeps it"
    assert TrainingSpec.model_validate_json(spec.model_dump_json()) == spec


def test_the_default_file_says_what_the_code_does():
    assert read_spec("default") == TrainingSpec()


def test_overrides_replace_keys_and_none_leaves_them(tmp_path):
    spec = read(tmp_path, "horizon: 30d\nseed: 4\n", horizon=14.0, card=None, capacity=20)
    assert (spec.horizon_us, spec.seed, spec.card, spec.capacity) == (14 * DAY, 4, None, 20)


@pytest.mark.parametrize(
    ("horizon", "microseconds", "text"),
    [
        ("90d", 90 * DAY, "90 days"),
        (30, 30 * DAY, "30 days"),
        ("24h", DAY, "1 day"),
        ("12h", 12 * HOUR, "0.5 days"),
    ],
)
def test_horizons(horizon, microseconds, text):
    spec = TrainingSpec(horizon=horizon)
    assert (spec.horizon_us, spec.horizon_text) == (microseconds, text)


def test_moments_may_be_written_as_dates(tmp_path):
    spec = read(
        tmp_path, "split: {test_from: 2025-05-01}\nsnapshots: {every: 7d, starting: 2025-01-01T12:00:00Z}\n"
    )
    assert spec.split.test_from == "2025-05-01"
    assert spec.snapshots == Snapshots(every="7d", starting="2025-01-01T12:00:00Z")


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("version: 2\n", "version", "1"),
        ("horizont: 30d\n", "horizont", "no such key"),
        ("split: {test_form: 2025-01-01}\n", "test_form", "no such key"),
        ("horizon: soon\n", "horizon", "'soon' is not a duration"),
        ("horizon: -5\n", "horizon", "is not a duration"),
        ("horizons: [1900d]\n", "horizons", "'1900d' is longer than 5 years; expected 1d to 5 years, as in 180d"),
        ("horizons: [1000000d]\n", "horizons", "'1000000d' is longer than 36,525 days"),
        ("horizons: [30d, 180d, 30]\n", "horizons", "30.0 repeats '30d'; expected each horizon once"),
        ("snapshots: {ages: []}\n", "snapshots.ages", "holds no age, seen []; expected at least one, as in [1d,"),
        (
            "snapshots: {ages: [1d], since: 2025-02-01, until: 2025-01-01}\n",
            "snapshots",
            "since 2025-02-01 is after until 2025-01-01; expected since before until",
        ),
        (
            "snapshots: {every: 7d, starting: 2025-02-01, until: 2025-01-01}\n",
            "snapshots",
            "starting 2025-02-01 is after until 2025-01-01",
        ),
        ("tuning: {budget: 10}\n", "tuning.budget", "a number without a unit; expected s, m, h, d or w after it"),
        ("tuning: {budget: ' 10 '}\n", "tuning.budget", "a number without a unit"),
        ("tuning: {budget: soon}\n", "tuning.budget", "'soon' is not a duration"),
        ("snapshots: {ages: [1d, soon]}\n", "ages", "'soon' is not a duration"),
        ("snapshots: {jitter: 0.1}\n", "snapshots", "give either ages or every"),
        ("snapshots: {ages: [1d], every: 7d, starting: 2025-01-01}\n", "snapshots", "give either ages or every"),
        ("snapshots: {every: 7d}\n", "snapshots", "every needs starting: the first moment of the calendar"),
        ("snapshots: {every: x, starting: 2025-01-01}\n", "every", "'x' is not a duration"),
        ("snapshots: {ages: [1d], jitter: 1}\n", "jitter", "less than 1"),
        ("snapshots: {ages: [1d], until: spring}\n", "until", "'spring' is not an ISO 8601 date or time"),
        ("split: {test_from: spring}\n", "test_from", "'spring' is not an ISO 8601 date or time"),
        ("split: {test_share: 1}\n", "test_share", "less than 1"),
        ("split: {accounts: mixed}\n", "accounts", "'disjoint' or 'shared'"),
        ("folds: 1\n", "folds", "greater than or equal to 2"),
        ("trust: [{attribute: tags}]\n", "trust[0].reason", "is missing"),
        ("trust: [{attribute: tags, reason: ok}]\n", "trust[0].reason", "say why in at least 10 characters"),
        ("trust: [{reason: known at the form}]\n", "trust[0]", "give either attribute or kind"),
        ("trust: [{attribute: a, kind: b, reason: known at the form}]\n", "trust[0]", "either attribute or kind"),
        ("trust: [{kind: b, entity: lead, reason: known at the form}]\n", "trust[0]", "entity belongs to an attr"),
        ("trust: [{attribute: a, because: known at the form}]\n", "because", "no such key"),
        ("capacity: 0\n", "capacity", "greater than or equal to 1"),
        ("model: {num_leaves: many}\n", "num_leaves", "valid"),
        ("model: {learning_rate: .nan}\n", "model", "learning_rate is nan; expected a number above 0, at most 1"),
        ("model: {learning_rate: .inf}\n", "model", "learning_rate is inf; expected a number above 0, at most 1"),
        ("model: {learning_rate: 0}\n", "model", "learning_rate is 0; expected a number above 0, at most 1"),
        ("model: {subsample: 1.5}\n", "model", "subsample is 1.5; expected a number above 0, at most 1"),
        ("model: {reg_lambda: -1}\n", "model", "reg_lambda is -1; expected a number of 0 or more"),
        ("model: {num_leaves: 1}\n", "model", "num_leaves is 1; expected a whole number from 2 to 131072"),
        ("model: {num_leaves: 8.5}\n", "model", "num_leaves is 8.5; expected a whole number from 2 to 131072"),
        ("model: {n_estimators: 0}\n", "model", "n_estimators is 0; expected a whole number of 1 or more"),
    ],
)
def test_what_does_not_fit_is_an_error_that_names_file_and_key(tmp_path, text, key, expected):
    with pytest.raises(LeadQualityError) as caught:
        read(tmp_path, text)
    assert str(tmp_path / "spec.yaml") in caught.value.message
    assert key in caught.value.message
    assert expected in caught.value.message
    assert caught.value.hint == "see training/specs/default.yaml"


def test_a_flag_is_held_to_the_same():
    with pytest.raises(LeadQualityError, match=r"the command line: tuning.budget: a number without a unit"):
        override(TrainingSpec(), {"tuning.budget": "10"})
    assert override(TrainingSpec(), {"tuning.budget": "10m"}).tuning.budget == "10m"


def test_a_further_horizon_may_be_the_main_one_and_one_moment_a_period():
    assert TrainingSpec(horizon="30d", horizons=["30d", "1d", "5 d"]).horizons_us == (DAY, 5 * DAY, 30 * DAY)
    assert Snapshots(ages=["1d"], since="2025-01-01", until="2025-01-01").since == "2025-01-01"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("tags=known at the form", {"attribute": "tags"}),
        ("lead.tags=known at the form", {"attribute": "tags", "entity": "lead"}),
        ("account.tags=known at the form", {"attribute": "tags", "entity": "account"}),
        ("events.fair=known at the form", {"kind": "fair"}),
        ("a.b=known at the form, x = y", {"attribute": "a.b", "reason": "known at the form, x = y"}),
    ],
)
def test_trust_on_the_command_line(text, wanted):
    assert read_trust(text) == Trust(**{"reason": "known at the form", **wanted})


@pytest.mark.parametrize("text", ["tags", "=known at the form", "tags=", "tags=yes", "tags=         yes   "])
def test_trust_without_a_reason_is_an_error(text):
    with pytest.raises(LeadQualityError, match="--trust"):
        read_trust(text)


def test_an_unknown_name_lists_the_shipped_ones():
    with pytest.raises(LeadQualityError, match="one of the shipped: bank_additional, default, olist_funnel"):
        read_spec("defualt")
