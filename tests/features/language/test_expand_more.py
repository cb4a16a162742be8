"""Blocks of the language beyond counts and sums: channels, sequences, accounts, changes, derived, functions."""

from __future__ import annotations

import sys

import pytest

from features.errors import ConfigError
from features.language import Behaviour, Declaration, Profile, Touch, expand
from features.language.describe import describe_features
from features.language.profile import KnownAttribute, KnownKind

PROFILE = Profile(
    kinds={"visit": KnownKind("visit", has_value=True), "webinar": KnownKind("webinar", has_value=False)},
    attributes=(
        KnownAttribute("size", "account", "number", 40, usable=True),
        KnownAttribute("email", "lead", "category", 9000, usable=False, changes=True),
        KnownAttribute("title", "lead", "category", 30, usable=True, changes=True),
    ),
    channels=("web", "mail", "phone"),
    campaigns=("Spring Fair", "launch"),
)


def features(**parts):
    declaration = Declaration.model_validate({"version": 1, "name": "x", "age": False} | parts)
    return expand(declaration, PROFILE).features


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"trend": ["30d"]}, ("visit_trend_30d", "visit in 30 days against the 30 days before", "times")),
        ({"burst": ["7d"]}, ("visit_burst_7d", "most visit within any 7 days", "times")),
        ({"max": ["90d"]}, ("visit_max_90d", "highest value of visit in 90 days", "value")),
        ({"last_value": True}, ("visit_last_value", "last value of visit", "value")),
        (
            {"decayed_sum": ["14d"]},
            ("visit_decayed_sum_14d", "recent total of visit (half-life 14 days)", "total"),
        ),
        (
            {"distinct_campaigns": ["90d"]},
            ("visit_campaigns_90d", "campaigns of visit in 90 days", "campaigns"),
        ),
        (
            {"hours": {"office_hours": "mon-fri 8-18"}, "share": ["90d"]},
            ("visit_share_office_hours_90d", "share of visit in 90 days at office hours", "share"),
        ),
        (
            {"channels": ["web"], "count": ["7d"]},
            ("visit_by_web_count_7d", "visit by web in 7 days", "times"),
        ),
        (
            {"campaigns": ["Spring Fair"], "count": ["all"]},
            ("visit_in_spring_fair_count_all", "visit in spring fair so far", "times"),
        ),
    ],
)
def test_names_labels_and_units(block, expected):
    [feature] = features(behaviour=[{"kinds": ["visit"]} | block])
    assert (feature.name, feature.label, feature.unit) == expected


def test_one_column_for_each_of_the_most_frequent_channels_and_campaigns():
    block = {"kinds": "*", "together": "touch", "count": ["7d"], "most": 2}
    names = [f.name for f in features(behaviour=[block | {"per": "channel"}, block | {"per": "campaign"}])]
    assert names == [
        "touch_by_web_count_7d",
        "touch_by_mail_count_7d",
        "touch_in_spring_fair_count_7d",
        "touch_in_launch_count_7d",
    ]


def test_a_block_for_values_makes_nothing_of_kinds_without_values():
    block = {"kinds": ["webinar"], "max": ["7d"], "last_value": True, "decayed_sum": ["7d"], "count": ["7d"]}
    assert [f.name for f in features(behaviour=[block])] == ["webinar_count_7d"]


def test_sequences():
    found = features(sequence=[{"kinds": "*", "last_kinds": 2, "first_channel": True, "last_channel": True}])
    assert [(f.name, f.is_category) for f in found] == [
        ("touch_last_kind", True),
        ("touch_second_last_kind", True),
        ("touch_first_channel", True),
        ("touch_last_channel", True),
    ]
    assert found[2].source == Touch(kinds=("visit", "webinar"), what="channel", place=-1)


def test_the_accounts_opportunities():
    found = features(account=[{"kinds": ["opportunity_won"], "count": ["all"], "since": ["last"]}])
    assert [f.name for f in found] == [
        "account_opportunity_won_count_all",
        "account_opportunity_won_days_since_last",
    ]
    assert found[0].label == "opportunities won with the account so far"
    assert found[0].source == Behaviour(scope="account", kinds=("opportunity_won",), measure="count")


def test_attributes_read_changed_and_of_colleagues():
    block = {
        "name": "title",
        "leave_out": True,
        "read": ["seniority", "department"],
        "changes": ["count", "days_since"],
        "colleagues_distinct": True,
        "colleagues_count": {"chiefs": ["executive", "owner"]},
    }
    assert [f.name for f in features(attributes=[block])] == [
        "title_seniority",
        "title_department",
        "title_changes",
        "title_days_since_change",
        "colleagues_distinct_title_seniority",
        "colleagues_chiefs",
        "colleagues_distinct_title_department",
    ]


def test_an_attribute_without_history_has_no_changes():
    assert [f.name for f in features(attributes=[{"name": "size", "changes": ["count"]}])] == ["size"]


def test_filled_share():
    [feature] = features(filled={"profile": ["title", "size"]})
    assert (feature.name, feature.unit) == ("profile_filled", "share")
    assert feature.source.attributes == (("account", "size"), ("lead", "title"))


def test_derived_columns_may_read_those_before_them():
    behaviour = [{"kinds": ["visit"], "count": ["7d", "30d"]}]
    derived = [
        {"name": "older", "expression": "visit_count_30d - visit_count_7d", "direction": "falls"},
        {"name": "share_older", "expression": "older / visit_count_30d", "unit": "share"},
        {"name": "nothing", "expression": "gone_count_7d + 1", "optional": True},
    ]
    found = features(behaviour=behaviour, derived=derived)
    assert [(f.name, f.direction) for f in found[2:]] == [("older", -1), ("share_older", 0)]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"derived": [{"name": "a", "expression": "b + 1"}]}, "derived a: no feature 'b' stands before it"),
        ({"derived": [{"name": "a", "expression": "1 +"}]}, "derived a: '1 +' is not an expression"),
        (
            {
                "sequence": [{"kinds": "*", "last_kinds": 1}],
                "derived": [{"name": "a", "expression": "touch_last_kind"}],
            },
            "no feature 'touch_last_kind' stands before it",
        ),
        ({"behaviour": [{"kinds": "*", "share": ["7d"]}]}, "share and hours belong together"),
        ({"behaviour": [{"kinds": "*", "channels": ["wbe"]}]}, "no channel 'wbe' in the dataset"),
        ({"behaviour": [{"kinds": "*", "campaigns": ["x"]}]}, "no campaign 'x' in the dataset"),
        ({"account": [{"kinds": ["deal"]}]}, "no event kind 'deal' in the dataset"),
        ({"filled": {"all": ["nothing"]}}, "filled all: no attribute 'nothing' in the dataset"),
        ({"functions": [{"name": "f", "function": "no_such_module_at_all:f"}]}, "the module cannot be imported"),
        ({"functions": [{"name": "f", "function": "os:system"}]}, "os registers no such function"),
    ],
)
def test_what_cannot_be_made_is_an_error_that_says_where(parts, message):
    with pytest.raises(ConfigError) as caught:
        features(**parts)
    assert message in caught.value.message


def test_a_registered_function_becomes_a_feature(tmp_path, monkeypatch):
    code = """
from features.functions import feature_function

@feature_function
def touches(lead):
    return len(lead.events)
"""
    (tmp_path / "own_features_of_a_test.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    block = {"name": "touches", "function": "own_features_of_a_test:touches", "unit": "times", "label": "touches"}
    [feature] = features(functions=[block])
    assert (feature.source.module, feature.source.function) == ("own_features_of_a_test", "touches")
    assert len(feature.source.digest) == 16
    sys.modules.pop("own_features_of_a_test")


def test_the_description_has_a_row_for_each_column():
    found = features(
        behaviour=[{"kinds": "*", "count": ["7d"]}], attributes=[{"name": "title", "read": ["seniority"]}]
    )
    declaration = Declaration.model_validate(
        {
            "version": 1,
            "name": "x",
            "behaviour": [{"kinds": "*", "count": ["7d"]}],
            "attributes": [{"name": "title"}],
        }
    )
    table = describe_features(expand(declaration, PROFILE))
    assert table["name"].tolist() == ["lead_age", "visit_count_7d", "webinar_count_7d", "title"]
    assert table["from"].tolist() == [
        "creation of the lead",
        "events of the lead: visit",
        "events of the lead: webinar",
        "attribute of the lead: title",
    ]
    assert not table.isna().to_numpy().any()
    assert len(found) == 4
