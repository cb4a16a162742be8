"""Cards held against what data know, and against themselves once signed or replaced."""

from __future__ import annotations

import pytest

from features.facts.clock import DAY
from features.language import profile_dataset
from features.language.profile import KnownAttribute, KnownKind, Profile
from features.reference import PlainLead
from models.card import read_card
from models.card.check import check_card
from models.card.check.sums import Sums
from models.card.rule import Rule
from tests.features.histories import START, event, write_dataset
from tests.models.card.check.base import BASE, spoiled


def known(name, entity="lead", kind="category"):
    return KnownAttribute(name, entity, kind, 5, True)


PROFILE = Profile(
    {name: KnownKind(name, False) for name in ("webinar", "web_visit")},
    (known("title"), known("employees", "account", "number")),
)


def found(text, profile=PROFILE):
    return [(fault.line, fault.severity, fault.what, fault.hint) for fault in check_card(text, profile)]


def test_a_card_that_fits_the_data_has_no_fault():
    assert found(BASE) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "event: webinar",
            "event: webinars",
            (23, "error", "rule 'Webinar': the data have no event kind 'webinars'", "did you mean 'webinar'?"),
        ),
        (
            "event: webinar",
            "event: fax",
            (
                23,
                "warning",
                "rule 'Webinar': the data have no event kind 'fax', so it gives no points",
                "known are: web_visit, webinar",
            ),
        ),
        (
            "attribute: title",
            "attribute: titles",
            (9, "error", "rule 'Boss': the data have no attribute 'titles'", "did you mean 'title'?"),
        ),
        (
            "attribute: title",
            "attribute: shoes",
            (
                9,
                "warning",
                "rule 'Boss': the data have no attribute 'shoes', so it gives no points",
                "known are: employees, title",
            ),
        ),
        (
            "attribute: title",
            "attribute: title\n      entity: account",
            (
                9,
                "error",
                "rule 'Boss': the account has no attribute 'title'; the lead has",
                "change entity, or leave it out",
            ),
        ),
    ],
)
def test_what_the_data_lack_is_said_with_the_nearest_name(old, new, fault):
    assert found(spoiled(old, new)) == [fault]


def test_an_attribute_of_both_must_say_whose():
    both = Profile(PROFILE.kinds, (*PROFILE.attributes, known("title", "account")))
    assert found(BASE, both)[0][1:] == (
        "error",
        "rule 'Boss': both lead and account have an attribute 'title'",
        "say which: entity: lead, or entity: account",
    )


def test_numbers_of_what_is_text_are_doubted():
    text = Profile(PROFILE.kinds, (known("title"), known("employees", "account")))
    assert found(BASE, text)[0][1:3] == (
        "warning",
        "rule 'Small firm': employees is text in the data, and between reads numbers",
    )


def test_data_with_nothing_of_the_card():
    assert (1, "error", "the data have nothing that any rule speaks of") in [
        one[:3] for one in found(BASE, Profile({}, ()))
    ]


def test_texts_and_ranges_that_never_occur_are_doubted(tmp_path):
    versions = {("lead", "title"): [(START, "Sales Director")], ("lead", "employees"): [(START, "120")]}
    people = [
        PlainLead(START, [event(START + DAY, "webinar"), event(START + DAY, "web_visit")], versions=versions)
    ]
    dataset = write_dataset(people, tmp_path / "data")
    said = [(one.line, one.column, one.what, one.hint) for one in check_card(BASE, dataset=dataset)]
    assert said == [
        (14, 16, "rule 'Small firm': no employees in the data was ever at most 50", "they go from 120 to 120"),
        (18, 16, "rule 'Big firm': no employees in the data was ever 200 to 5,000", "they go from 120 to 120"),
    ]
    assert check_card(BASE, profile_dataset(dataset), None) == []


def signed(tmp_path, text):
    path = tmp_path / "card.yaml"
    path.write_text(text)
    card = read_card(path)
    return card, f"{text}signed:\n  by: [Ann]\n  on: 2025-03-04\n  digest: {card.digest}\n"


def test_a_signature_that_holds_and_one_that_is_broken(tmp_path):
    card, text = signed(tmp_path, BASE)
    assert check_card(text) == []
    [fault] = check_card(text.replace("points: 20", "points: 21"))
    assert (fault.line, fault.severity) == (40, "error")
    assert fault.what.startswith(f"the card was signed as {card.digest[:8]} and now says something else (")
    [early] = check_card(text.replace("on: 2025-03-04", "on: 2025-03-02"))
    assert early.what == "the card was signed on 2025-03-02, before it was agreed on 2025-03-03"


def test_a_card_cannot_replace_itself(tmp_path):
    card, _ = signed(tmp_path, BASE)
    [fault] = check_card(spoiled("  on: 2025-03-03", f"  on: 2025-03-03\n  replaces: {card.label}"))
    assert (fault.line, fault.what) == (6, f"the card replaces itself, {card.label}")
    other = spoiled("  on: 2025-03-03", "  on: 2025-03-03\n  replaces: small@00000000")
    assert check_card(other) == []


def on(points, attribute="x", **keys):
    return {"points": points, "attribute": attribute} | keys


def by(points, event="a", **keys):
    return {"points": points, "event": event} | keys


def numbers(*rules, limit=100):
    sums = Sums.of([Rule.model_validate({"name": f"R{i}"} | rule) for i, rule in enumerate(rules)], limit)
    return [number for number in range(sums.least, sums.most + 1) if sums.between(number, number + 1)]


@pytest.mark.parametrize(
    ("rules", "sums"),
    [
        ([], [0]),
        ([by(5, "a"), by(-3, "b")], [-3, 0, 2, 5]),
        ([by(5, "a", each=True, cap=12)], [0, 5, 10, 12]),
        ([by(-5, "a", each=True, cap=-12)], [-12, -10, -5, 0]),
        ([by(2, "a", half_life="7d", cap=3)], [0, 1, 2, 3]),
        ([on(5, equals="a"), on(7, equals="B")], [0, 5, 7]),
        ([on(5, **{"in": ["a", "b"]}), on(7, **{"in": ["B", "c"]})], [0, 5, 7, 12]),
        ([on(5, contains=["a"]), on(7, contains=["b"])], [0, 5, 7, 12]),
        ([on(1, equals="a b"), on(2, contains=["a"])], [0, 2, 3]),
        ([on(5, missing=True), on(7, equals="b")], [0, 5, 7]),
        ([on(5, between=[0, 9]), on(7, between=[9, None])], [0, 5, 7, 12]),
        ([on(5, between=[0, 8]), on(7, between=[9, None])], [0, 5, 7]),
        (
            [on(5, entity="lead", equals="a"), on(7, entity="account", equals="b")],
            [0, 5, 7, 12],
        ),
    ],
)
def test_what_rules_can_add_up_to(rules, sums):
    assert numbers(*rules) == sums


def test_a_rule_without_limit_goes_on_to_the_limit():
    assert numbers(by(30, "a", each=True)) == [0, 30, 60, 90, 100]


def test_sums_under_a_cap():
    sums = Sums.from_numbers([-3, 0, 2, 5])
    assert [sums.capped(cap).most for cap in (9, 5, 4, 0, -3, -9)] == [5, 5, 4, 0, -3, -9]
    assert sums.capped(1).least == -3
