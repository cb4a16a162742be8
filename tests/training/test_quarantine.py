"""Features without what is left out: each kind of source, and columns made of columns."""

from __future__ import annotations

import pytest

from features.errors import ConfigError
from features.language import expand, read_declaration
from features.language.behaviour import VALUE_MEASURES
from features.language.profile import KnownAttribute, KnownKind, Profile
from training.quarantine import keys_read, leave_out

PROFILE = Profile(
    kinds={"call": KnownKind("call", has_value=False), "purchase": KnownKind("purchase", has_value=True)},
    attributes=(
        KnownAttribute("size", "account", "number", 50, usable=True),
        KnownAttribute("source", "lead", "category", 5, usable=True, changes=True),
        KnownAttribute("tags", "lead", "category", 5, usable=True, changes=True),
        KnownAttribute("title", "lead", "category", 5, usable=True),
    ),
    channels=("web",),
    campaigns=("fair",),
)

DECLARED = """
version: 1
name: all_kinds
behaviour:
  - kinds: "*"
    count: [30d]
    sum: [30d]
  - kinds: [call, purchase]
    together: touches
    count: [30d]
    sum: [30d]
  - kinds: [call]
    per: channel
    count: [30d]
sequence:
  - kinds: "*"
    last_kinds: 1
    first_channel: true
colleagues:
  - kinds: "*"
    together: engagement
    count: [30d]
account:
  - kinds: "*"
    count: [all]
attributes:
  - name: tags
    flags: {won: [won]}
    changes: [count]
    colleagues_distinct: true
  - name: size
  - name: "*"
filled:
  profile: "*"
  note: [tags]
derived:
  - {name: calls_each, expression: "call_count_30d / (1 + size)"}
  - {name: twice, expression: "2 * calls_each"}
  - {name: older, expression: "lead_age + 1"}
  - {name: per_touch, expression: "touches_count_30d / (1 + lead_age)"}
"""


@pytest.fixture(scope="module")
def declared(tmp_path_factory):
    path = tmp_path_factory.mktemp("set") / "set.yaml"
    path.write_text(DECLARED, encoding="utf-8")
    return expand(read_declaration(path), PROFILE)


def left(narrowed):
    return {key for feature in narrowed.feature_set.features for key in keys_read(feature.source)}


def test_nothing_left_out_changes_nothing(declared):
    narrowed = leave_out(declared, [], PROFILE)
    assert narrowed.feature_set == declared
    assert not narrowed.changed


@pytest.mark.parametrize(
    "keys",
    [
        {"lead.tags"},
        {"account.size"},
        {"events.call"},
        {"events.purchase"},
        {"events.call", "lead.tags", "lead.title"},
    ],
    # In one order in every process: a set's own changes from one to the next.
    ids=lambda keys: ", ".join(sorted(keys)),
)
def test_nothing_that_is_left_reads_it(declared, keys):
    narrowed = leave_out(declared, keys, PROFILE)
    assert left(narrowed) == left(leave_out(declared, [], PROFILE)) - keys
    untouched = [f for f in declared.features if not keys_read(f.source) & keys and f.source.of != "derived"]
    assert set(untouched) <= set(narrowed.feature_set.features), "and nothing else goes"
    names = declared.names
    assert [n for n in names if n in set(narrowed.feature_set.names)] == narrowed.feature_set.names, "in order"
    assert set(narrowed.dropped) | set(narrowed.feature_set.names) == set(names)


def test_an_attribute_goes_with_all_that_is_made_of_it(declared):
    narrowed = leave_out(declared, {"lead.tags"}, PROFILE)
    assert set(narrowed.dropped) == {
        "tags",
        "tags_is_won",
        "tags_changes",
        "colleagues_distinct_tags",
        "note_filled",
    }
    assert narrowed.narrowed == ("profile_filled",)


def test_a_kind_goes_from_the_columns_over_several(declared):
    narrowed = leave_out(declared, {"events.purchase"}, PROFILE)
    assert set(narrowed.dropped) == {"purchase_count_30d", "purchase_sum_30d", "touches_sum_30d"}
    assert set(narrowed.narrowed) == {
        "touches_count_30d",
        "touch_last_kind",
        "touch_first_channel",
        "colleagues_engagement_count_30d",
    }
    assert narrowed.feature_set["touches_count_30d"].source.kinds == ("call",)
    sums = [f for f in narrowed.feature_set.features if getattr(f.source, "measure", "") in VALUE_MEASURES]
    assert not sums, "no kind is left that carries values"


def test_derived_columns_go_with_what_they_read(declared):
    assert {"calls_each", "twice"} <= set(leave_out(declared, {"account.size"}, PROFILE).dropped)
    narrowed = leave_out(declared, {"events.call"}, PROFILE)
    assert {"calls_each", "twice"} <= set(narrowed.dropped)
    assert {"older", "per_touch"} <= set(narrowed.feature_set.names)


def test_a_lead_attribute_is_not_the_account_attribute_of_that_name(declared):
    narrowed = leave_out(declared, {"account.tags", "lead.size"}, PROFILE)
    assert not narrowed.changed


def test_where_nothing_is_left_it_says_so(tmp_path):
    path = tmp_path / "set.yaml"
    path.write_text("version: 1\nname: one\nage: false\nattributes: [{name: tags}]\n", encoding="utf-8")
    declared = expand(read_declaration(path), PROFILE)
    with pytest.raises(ConfigError, match=r"every column reads what the leak guard leaves out: lead\.tags"):
        leave_out(declared, {"lead.tags"}, PROFILE)
