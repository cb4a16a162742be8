"""The feature language: what is declared, what it becomes, and what is refused with a word of help."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import models
from features.errors import ConfigError, DataError
from features.facts.clock import DAY
from features.frames import frame_from_matrix, matrix_from_frame
from features.history import History
from features.language import (
    ALL_TIME,
    AttributeMatch,
    AttributeValue,
    Behaviour,
    Declaration,
    Feature,
    FeatureSet,
    LeadAge,
    Profile,
    expand,
    identifier,
    profile_dataset,
    read_declaration,
)
from features.language.profile import KnownAttribute, KnownKind
from features.levels import learn_levels
from features.reference import PlainLead
from features.yaml_files import read_yaml
from tests.features.histories import START, event, write_dataset

SHIPPED = sorted((Path(models.__file__).parent / "feature_sets").glob("*.yaml"))
PROFILE = Profile(
    kinds={
        "web_visit": KnownKind("web_visit", has_value=True),
        "webinar": KnownKind("webinar", has_value=False),
    },
    attributes=(
        KnownAttribute("employees", "account", "number", 40, usable=True),
        KnownAttribute("industry", "account", "category", 12, usable=True),
        KnownAttribute("industry", "lead", "category", 9, usable=True),
        KnownAttribute("e-mail", "lead", "category", 9000, usable=False),
        KnownAttribute("title", "lead", "category", 30, usable=True),
    ),
)


def declare(**parts):
    return Declaration.model_validate({"version": 1, "name": "x", "age": False} | parts)


def read(tmp_path, text):
    path = tmp_path / "set.yaml"
    path.write_text(text, encoding="utf-8")
    return read_declaration(path)


def one(block, part="behaviour", **more):
    [feature] = expand(declare(**{part: [block]}, **more), PROFILE).features
    return feature


def summary(feature):
    return feature.name, feature.label, feature.unit, feature.group


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"count": ["7d"]}, ("webinar_count_7d", "webinar in 7 days", "times", "webinar")),
        ({"count": ["1d"]}, ("webinar_count_1d", "webinar in 1 day", "times", "webinar")),
        ({"count": ["36h"]}, ("webinar_count_36h", "webinar in 36 hours", "times", "webinar")),
        ({"count": ["2w"]}, ("webinar_count_14d", "webinar in 14 days", "times", "webinar")),
        ({"count": [30]}, ("webinar_count_30d", "webinar in 30 days", "times", "webinar")),
        ({"count": ["all"]}, ("webinar_count_all", "webinar so far", "times", "webinar")),
        (
            {"active_days": ["30d"]},
            ("webinar_active_days_30d", "days with webinar in 30 days", "days", "webinar"),
        ),
        (
            {"decayed": ["14d"]},
            ("webinar_decayed_14d", "recent webinar (half-life 14 days)", "times", "webinar"),
        ),
        ({"since": ["last"]}, ("webinar_days_since_last", "days since the last webinar", "days", "webinar")),
        ({"since": ["first"]}, ("webinar_days_since_first", "days since the first webinar", "days", "webinar")),
        (
            {"count": ["7d"], "label": "seminars", "group": "learning"},
            ("webinar_count_7d", "seminars in 7 days", "times", "learning"),
        ),
    ],
)
def test_names_labels_units_and_groups_of_behaviour(block, expected):
    assert summary(one({"kinds": ["webinar"]} | block)) == expected


def test_sums_are_made_for_kinds_with_values_only():
    features = expand(declare(behaviour=[{"kinds": "*", "sum": ["7d"], "count": ["7d"]}]), PROFILE)
    assert features.names == ["web_visit_count_7d", "web_visit_sum_7d", "webinar_count_7d"]
    together = one({"kinds": ["webinar", "web_visit"], "together": "all_of_it", "sum": ["30d"]})
    assert summary(together) == ("all_of_it_sum_30d", "total of all of it in 30 days", "total", "all of it")
    assert together.source == Behaviour(scope="lead", kinds=("webinar", "web_visit"), measure="sum", span=30 * DAY)


def test_what_colleagues_did_is_named_apart():
    feature = one({"kinds": ["webinar"], "people": ["30d"]}, "colleagues")
    assert summary(feature) == (
        "colleagues_webinar_people_30d",
        "colleagues with webinar in 30 days",
        "people",
        "webinar of colleagues",
    )
    assert feature.source == Behaviour(scope="colleagues", kinds=("webinar",), measure="people", span=30 * DAY)


def test_the_sets_own_labels_are_used_and_a_blocks_label_wins():
    labels = {"webinar": "webinars seen"}
    assert one({"kinds": ["webinar"], "count": ["7d"]}, labels=labels).label == "webinars seen in 7 days"
    block = {"kinds": ["webinar"], "count": ["7d"], "label": "talks"}
    assert one(block, labels=labels).label == "talks in 7 days"


@pytest.mark.parametrize(
    ("direction", "measure", "expected"),
    [
        ("rises", {"count": ["7d"]}, 1),
        ("falls", {"count": ["7d"]}, -1),
        ("any", {"count": ["7d"]}, 0),
        # Fewer days since the last event is more of it; of the first, nobody can say.
        ("rises", {"since": ["last"]}, -1),
        ("falls", {"since": ["last"]}, 1),
        ("rises", {"since": ["first"]}, 0),
    ],
)
def test_directions(direction, measure, expected):
    assert one({"kinds": ["webinar"], "direction": direction} | measure).direction == expected


def test_windows_come_shortest_first_and_once():
    features = expand(declare(behaviour=[{"kinds": ["webinar"], "count": ["all", "30d", "7d", "1w"]}]), PROFILE)
    assert features.names == ["webinar_count_7d", "webinar_count_30d", "webinar_count_all"]
    assert features["webinar_count_all"].source.span == ALL_TIME


def test_the_star_takes_every_usable_attribute_that_no_other_entry_names():
    attributes = [{"name": "title", "leave_out": True}, {"name": "*"}]
    features = expand(declare(age=True, attributes=attributes), PROFILE)
    assert features.names == ["lead_age", "employees", "account_industry", "industry"]
    assert features["lead_age"].source == LeadAge()
    assert features["account_industry"].source.entity == "account"
    assert [f.unit for f in features.features] == ["days", "number", "category", "category"]


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"name": "employees"}, ("employees", "employees", "number", "employees", 0, "number")),
        (
            {"name": "employees", "label": "company size", "unit": "people", "direction": "rises"},
            ("employees", "company size", "people", "company size", 1, "number"),
        ),
        (
            {"name": "employees", "type": "category", "group": "company", "direction": "rises"},
            ("employees", "employees", "category", "company", 0, "category"),
        ),
        (
            {"name": "industry", "entity": "lead"},
            ("industry", "industry", "category", "industry", 0, "category"),
        ),
        (
            {"name": "industry", "entity": "account"},
            ("account_industry", "account industry", "category", "account industry", 0, "category"),
        ),
        # Named outright, even what looks like an id is taken.
        ({"name": "e-mail"}, ("e_mail", "e-mail", "category", "e-mail", 0, "category")),
    ],
)
def test_attributes(block, expected):
    feature = one(block, "attributes")
    assert (*summary(feature), feature.direction, feature.source.type) == expected


def test_flags_come_before_their_attribute():
    block = {"name": "title", "flags": {"director_or_above": ["vp", "head of"]}}
    flag, title = expand(declare(attributes=[block]), PROFILE).features
    assert summary(flag) == (
        "title_is_director_or_above",
        "title says director or above",
        "yes or no",
        "title",
    )
    assert flag.source == AttributeMatch(entity="lead", attribute="title", texts=("vp", "head of"), whole=False)
    assert title.name == "title"


@pytest.mark.parametrize(
    ("texts", "whole", "value", "expected"),
    [
        (("vp",), False, "VP Sales", True),
        (("vp",), False, "mvp", False),
        (("head of",), False, "Head of IT", True),
        (("c++",), False, "Senior C++ engineer", True),
        (("r&d",), False, "R&D", True),
        (("cto",), False, "director", False),
        (("trade show",), True, " Trade Show ", True),
        (("trade show",), True, "Trade Show 2025", False),
        (("straße",), True, "STRASSE", True),
    ],
)
def test_matching_texts(texts, whole, value, expected):
    assert AttributeMatch(entity="lead", attribute="x", texts=texts, whole=whole).matches(value) is expected


@pytest.mark.parametrize(
    ("parts", "message", "hint"),
    [
        (
            {"behaviour": [{"kinds": ["webinarr"], "count": ["7d"]}]},
            "feature set x: no event kind 'webinarr' in the dataset",
            "did you mean 'webinar'?",
        ),
        (
            {"colleagues": [{"kinds": ["zzz"], "count": ["7d"]}]},
            "feature set x: no event kind 'zzz' in the dataset",
            "known are: web_visit, webinar",
        ),
        (
            {"attributes": [{"name": "employes"}]},
            "feature set x: no attribute 'employes' in the dataset",
            "did you mean 'employees'?",
        ),
        (
            {"attributes": [{"name": "title", "entity": "account"}]},
            "feature set x: 'title' is an attribute of leads",
            "say so in entity",
        ),
        ({}, "feature set x: declares no feature for this dataset", None),
    ],
)
def test_what_the_dataset_lacks_is_an_error_with_the_nearest_name(parts, message, hint):
    with pytest.raises(ConfigError) as caught:
        expand(declare(**parts), PROFILE)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_an_optional_attribute_may_be_lacking_and_a_star_over_no_kind_is_nothing():
    attributes = [{"name": "employes", "optional": True}]
    behaviour = [{"kinds": "*", "count": ["7d"]}]
    declaration = declare(age=True, attributes=attributes, behaviour=behaviour)
    assert expand(declaration, Profile({}, ())).names == ["lead_age"]


HEAD = "version: 1\nname: x\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 1\n", "name: is missing"),
        ("version: 2\nname: x\n", "version: input should be 1, seen 2"),
        ("version: 1\nname: My Set\n", "name: string should match pattern '^[a-z][a-z0-9_]*$', seen 'My Set'"),
        (HEAD + "ages: true\n", "ages: no such key; did you mean 'age'?"),
        (HEAD + "age: maybe\n", "age: input should be a valid boolean"),
        (
            HEAD + "behaviour: [{kinds: [a], cuont: [7d]}]\n",
            "behaviour[0].cuont: no such key; did you mean 'count'?",
        ),
        (HEAD + "behaviour: [{count: [7d]}]\n", "behaviour[0].kinds: is missing"),
        (HEAD + "behaviour: [{kinds: [5]}]\n", 'behaviour[0].kinds: expected "*" or a list of names'),
        (HEAD + "behaviour: [{kinds: []}]\n", 'behaviour[0].kinds: expected "*" or a list of names'),
        (HEAD + "behaviour: [{kinds: [a], burst: [0.000001s]}]\n", "a window is at least one second long"),
        (HEAD + "attributes: [{name: a, flags: {b: ['']}}]\n", "attributes[0].flags.b[0]"),
        (
            HEAD + "behaviour: [{kinds: [a], count: [7 days]}]\n",
            "behaviour[0].count[0]: '7 days' is not a duration",
        ),
        (
            HEAD + "behaviour: [{kinds: [a], decayed: [all]}]\n",
            "decayed[0]: expected a duration, as in 14d, not all",
        ),
        (
            HEAD + "behaviour: [{kinds: [a], since: [next]}]\n",
            "behaviour[0].since[0]: input should be 'last' or 'first', seen 'next'",
        ),
        (
            HEAD + "behaviour: [{kinds: [a], direction: up}]\n",
            "behaviour[0].direction: input should be 'rises', 'falls' or 'any', seen 'up'",
        ),
        (
            HEAD + "attributes: [{name: a, entity: firm}]\n",
            "attributes[0].entity: input should be 'lead' or 'account', seen 'firm'",
        ),
        ("- a\n", "holds a list; expected a feature set in YAML"),
        ("", "is empty; expected a feature set in YAML"),
    ],
)
def test_a_set_that_is_not_in_the_language_is_an_error_that_names_the_place(tmp_path, text, message):
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert message in caught.value.message
    assert caught.value.message.startswith(str(tmp_path / "set.yaml"))
    assert caught.value.hint == "see models/feature_sets/manual.yaml"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_set_reads_and_expands(path):
    declaration = read_declaration(path)
    assert declaration.name == path.stem
    blocks = [*declaration.behaviour, *declaration.colleagues]
    kinds = {kind for block in blocks if block.kinds != "*" for kind in block.kinds} or {"web_visit"}
    names = {block.name for block in declaration.attributes} - {"*"} | {"industry"}
    profile = Profile(
        {kind: KnownKind(kind, has_value=True) for kind in kinds},
        tuple(KnownAttribute(name, "lead", "category", 9, usable=True) for name in sorted(names)),
    )
    features = expand(declaration, profile)
    assert len(features.names) >= len(names)
    assert all(feature.label and feature.group and feature.unit for feature in features.features)
    assert FeatureSet.from_json(features.to_json(), where="here") == features


def test_words_and_dates_stay_words(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("on: no\nyes: off\nNO: y\ntrue_one: true\nday: 2025-03-03\nn: 3\n")
    content = read_yaml(path, wanted="x")
    assert content == {"on": "no", "yes": "off", "NO": "y", "true_one": "true", "day": "2025-03-03", "n": 3}


def test_numbers_are_those_that_people_mean(tmp_path):
    """YAML 1.1 would read 050 as 40, 1:30 as 90 and 0b1 as 1."""
    path = tmp_path / "x.yaml"
    path.write_text("a: [050, 1:30, 0x1F, 10, -5, 1_000, 0, 2.5, .5, 1e3, 1.5e-3]\n")
    expected = ["050", "1:30", "0x1F", 10, -5, 1000, 0, 2.5, 0.5, 1000.0, 0.0015]
    assert read_yaml(path, wanted="x") == {"a": expected}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: 1\nb: 2\na: 3\n", "is not YAML: line 3: the key 'a' stands twice"),
        (b"a: {b: 1, b: 1}\n", "is not YAML: line 1: the key 'b' stands twice"),
        (b"a: [1, 2\n", "is not YAML: line 2: expected ',' or ']'"),
        (b"a: !!python/object:os.system x\n", "could not determine a constructor"),
        (b"a: \xff\n", "is not UTF-8 text; expected x"),
        (b"[a, b]: 1\n", "a key must be plain text"),
        (b"a: \x00\n", "special characters are not allowed"),
    ],
)
def test_broken_yaml_is_one_line_with_its_place(tmp_path, content, message):
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_yaml(path, wanted="x", hint="look at the manual")
    assert message in caught.value.message
    assert caught.value.message.startswith(f"{path}: is not ")
    assert "\n" not in caught.value.message
    assert caught.value.hint == "look at the manual"


@pytest.mark.parametrize(
    ("name", "seen"), [("none.yaml", "no such file"), (".", "cannot be read: Is a directory")]
)
def test_a_missing_yaml_file_says_what_was_wanted(tmp_path, name, seen):
    with pytest.raises(ConfigError, match=f"{seen}; expected a set in YAML"):
        read_yaml(tmp_path / name, wanted="a set in YAML")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Web Visit (US)", "web_visit_us"), ("3rd party", "x3rd_party"), ("été", "t"), ("--", "x"), ("", "x")],
)
def test_identifiers(text, expected):
    assert identifier(text) == expected


def test_two_features_of_one_name_are_refused():
    feature = Feature(name="a", unit="x", group="x", label="x", source=LeadAge())
    with pytest.raises(ValueError, match="feature names must be unique; repeated: a"):
        FeatureSet(name="x", features=(feature, feature))


def test_a_union_adds_what_is_lacking_at_the_end():
    a, b, c = (Feature(name=n, unit="x", group="x", label=n, source=LeadAge()) for n in "abc")
    union = FeatureSet(name="x", features=(b, a)).union([c, a, c])
    assert union.names == ["b", "a", "c"]
    assert union.position("c") == 2
    with pytest.raises(KeyError):
        union["d"]


def test_a_damaged_stored_set_names_the_place():
    text = FeatureSet(
        name="x", features=(Feature(name="a", unit="x", group="x", label="x", source=LeadAge()),)
    ).to_json()
    with pytest.raises(ConfigError, match=r"^here: not a stored feature set: features\.0\.name"):
        FeatureSet.from_json(text.replace('"a"', '"A!"'), where="here")


TITLE = AttributeValue(entity="lead", attribute="title", type="category")
SIZE = AttributeValue(entity="lead", attribute="size", type="number")


def _levels(tmp_path, texts, **limits):
    people = [
        PlainLead(START, [], None, {("lead", "title"): [(START, text)], ("lead", "size"): [(START, "5")]})
        for text in texts
    ]
    history = History.from_dataset(write_dataset(people, tmp_path / "data"))
    features = [("title", TITLE), ("size", SIZE), ("gone", TITLE.model_copy(update={"attribute": "gone"}))]
    feature_set = FeatureSet(
        name="x", features=tuple(Feature(name=n, unit="x", group="x", label=n, source=s) for n, s in features)
    )
    leads = np.arange(len(people), dtype=np.int64)
    learnt = learn_levels(feature_set, history, leads, np.full(len(people), START + DAY), **limits)
    assert learnt["size"].levels == learnt["gone"].levels == ()
    return learnt["title"].levels


@pytest.mark.parametrize(
    ("texts", "limits", "expected"),
    [
        (["b", "a", "c", "c", None], {}, ("c", "a", "b")),
        (["a", "b", "b", "c", "c", "c"], {"most": 2}, ("c", "b")),
        (["a", "b", "b", "c", "c", "c"], {"most": None}, ("c", "b", "a")),
        # A fifth of ten rows is two: what is seen once is rare.
        (["a"] * 7 + ["b"] * 2 + ["c"], {"rare": 0.2}, ("a", "b")),
        # Five times is never rare.
        (["a"] * 13 + ["b"] * 5 + ["c"] * 4, {"rare": 0.9}, ("a", "b")),
        ([None, None], {}, ()),
    ],
)
def test_levels_are_learnt_most_frequent_first(tmp_path, texts, limits, expected):
    assert _levels(tmp_path, texts, **limits) == expected


def test_levels_count_what_was_known_at_the_rows_and_nothing_else(tmp_path):
    late = [(START, "a"), (START + 2 * DAY, "b")]
    people = [PlainLead(START, [], None, {("lead", "title"): late}) for _ in range(3)]
    history = History.from_dataset(write_dataset(people, tmp_path / "data"))
    feature = Feature(name="title", unit="x", group="x", label="x", source=TITLE)
    rows = np.array([0, 1]), np.array([START + 2 * DAY, START + DAY])
    learnt = learn_levels(FeatureSet(name="x", features=(feature,)), history, *rows)
    assert learnt["title"].levels == ("a",)


def test_a_profile_tells_numbers_categories_and_ids_apart(tmp_path):
    people = [
        PlainLead(
            START,
            [event(START + 6 * DAY, value=1.0)] if i == 0 else [],
            None,
            {
                ("lead", "id"): [(START, f"x{i}")],
                ("lead", "size"): [(START, str(i) if i else "n/a")],
                ("lead", "half"): [(START, str(i) if i % 2 else "n/a")],
                ("lead", "colour"): [(START, "red")],
                ("lead", "empty"): [(START, None)],
            },
        )
        for i in range(60)
    ]
    profile = profile_dataset(write_dataset(people, tmp_path / "data"))
    assert profile.kinds == {"visit": KnownKind("visit", has_value=True)}
    found = {a.name: (a.type, a.usable) for a in profile.attributes}
    assert found == {
        "colour": ("category", True),
        "empty": ("category", False),
        "half": ("category", True),
        "id": ("category", False),
        "size": ("number", True),
    }


FRAMES = FeatureSet(
    name="x",
    features=(
        Feature(name="size", unit="x", group="x", label="x", source=SIZE),
        Feature(name="title", unit="x", group="x", label="x", source=TITLE, levels=("VP", "CTO")),
    ),
)
MATRIX = np.array([[1.5, 0.0], [np.nan, 1.0], [-2.0, np.nan]])


def test_matrix_to_frame_and_back():
    frame = frame_from_matrix(MATRIX, FRAMES)
    assert list(frame.columns) == ["size", "title"]
    assert frame["title"].cat.categories.tolist() == ["VP", "CTO"]
    assert frame["title"].tolist()[:2] == ["VP", "CTO"]
    assert pd.isna(frame["title"][2])
    np.testing.assert_array_equal(matrix_from_frame(frame, FRAMES), MATRIX)
    backwards = frame.assign(other=1)[["title", "other", "size"]]
    np.testing.assert_array_equal(matrix_from_frame(backwards, FRAMES), MATRIX)


def test_unseen_and_missing_texts_are_missing():
    frame = pd.DataFrame({"size": [1, None, 3], "title": ["Intern", None, "CTO"]})
    np.testing.assert_array_equal(matrix_from_frame(frame, FRAMES), [[1.0, np.nan], [np.nan, np.nan], [3.0, 1.0]])


def test_a_frame_without_a_column_is_an_error_with_the_nearest_name():
    with pytest.raises(DataError) as caught:
        matrix_from_frame(pd.DataFrame({"size": [1], "titel": ["VP"]}), FRAMES)
    assert caught.value.message == "the frame lacks the column 'title' (1 in all)"
    assert caught.value.hint == "did you mean 'titel'?"
