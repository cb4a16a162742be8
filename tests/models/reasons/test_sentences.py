"""Every kind of feature, said aloud: the expected sentences are written by hand."""

from __future__ import annotations

import math

import pytest

from features.facts.clock import DAY, HOUR
from features.language import (
    ALL_TIME,
    AttributeChange,
    AttributeMatch,
    AttributeValue,
    Behaviour,
    ColleagueAttribute,
    Derived,
    Feature,
    FilledShare,
    LeadAge,
    Touch,
    behaviour_feature,
)
from models.reasons.choose import sentence_of
from models.reasons.messages import catalogue
from models.reasons.reason import LONGEST
from models.reasons.voice import PointsVoice, Voice
from models.typical import TypicalValue

NAN = math.nan
#: 9 of 10 leads have none, one in twenty has 1, the rest 4.
FEW = TypicalValue(value=0, missing=0.0, marks=(0, 1, 4), below=(0, 0.9, 0.95), at=(0.9, 0.05, 0.05))
#: Half of the leads below 10, three in ten from 10 to 20, a tenth above, a tenth unknown.
MANY = TypicalValue(
    value=9, missing=0.1, marks=(2, 10, 20, 30), below=(0, 0.5, 0.8, 0.85), at=(0.3, 0.1, 0.05, 0.05)
)
#: 7 of 10 leads never did.
SELDOM = TypicalValue(value=None, missing=0.7, marks=(1, 5, 50), below=(0, 0.1, 0.2), at=(0.1, 0.1, 0.1))
KINDS = TypicalValue(value=1, missing=0.2, marks=(0, 1), below=(0, 0.2), at=(0.2, 0.6))


def behaviour(label, measure, span=ALL_TIME, scope="lead", hours=None, **more):
    source = Behaviour(
        scope=scope,
        kinds=("opportunity",) if scope == "account" else ("x",),
        measure=measure,
        span=span,
        hours=hours,
        **more,
    )
    return behaviour_feature(name="x", label=label, source=source, hours_name="office_hours" if hours else "")


def plain(unit, label, source, levels=()):
    return Feature(name="x", unit=unit, group="g", label=label, source=source, levels=levels)


def attribute(label, unit="number", levels=()):
    kind = "category" if levels else "number"
    source = AttributeValue(entity="account", attribute="x", type=kind)
    return plain("category" if levels else unit, label, source, levels)


PRICING = "pricing page visit"
SAYS = plain(
    "yes or no", "title says director or above", AttributeMatch(entity="lead", attribute="t", texts=("vp",))
)
IS = plain("yes or no", "public body", AttributeMatch(entity="lead", attribute="t", texts=("city",)))
CHANGED = plain(
    "times", "changes of lead source", AttributeChange(entity="lead", attribute="s", measure="changes")
)
SINCE_CHANGE = plain(
    "days",
    "days since lead source changed",
    AttributeChange(entity="lead", attribute="s", measure="days_since_change"),
)
FILLED = plain("share", "share of profile that is filled in", FilledShare(attributes=(("lead", "a"),)))
DECIDERS = plain(
    "people",
    "colleagues who are decision makers",
    ColleagueAttribute(attribute="t", measure="count", values=("vp",)),
)
TITLES = plain(
    "values", "different values of title among colleagues", ColleagueAttribute(attribute="t", measure="distinct")
)
WEEKLY = plain("times a week", "touches a week since creation", Derived(expression="1"))
ALONE = plain("yes or no", "active while no colleague is", Derived(expression="1"))
LAST_TOUCH = plain("kind", "last touch", Touch(kinds=("x",), what="kind"), ("web_visit", "webinar"))
AGE = plain("days", "lead age", LeadAge())

CASES = [
    # Counts in a window, one, many and none, and beside other leads.
    (
        behaviour(PRICING, "count", 7 * DAY),
        4,
        11,
        FEW,
        "4 pricing page visits in the last 7 days; 9 of 10 leads have none (+11 points)",
    ),
    (
        behaviour(PRICING, "count", 7 * DAY),
        1,
        1.2,
        FEW,
        "1 pricing page visit in the last 7 days; 9 of 10 leads have none (+1 point)",
    ),
    (
        behaviour(PRICING, "count", 7 * DAY),
        0,
        -3,
        FEW,
        "No pricing page visits in the last 7 days; 1 of 10 leads has some (-3 points)",
    ),
    (
        behaviour(PRICING, "count", 7 * DAY),
        NAN,
        -3,
        FEW,
        "Pricing page visits in the last 7 days: not known; known for nearly all leads (-3 points)",
    ),
    (behaviour("webinar", "count", 30 * DAY), 2, 5, None, "2 webinars in the last 30 days (+5 points)"),
    (behaviour("webinars", "count", 30 * DAY), 1, 5, None, "1 webinar in the last 30 days (+5 points)"),
    (behaviour("demo request", "count"), 2, 5, None, "2 demo requests so far (+5 points)"),
    (behaviour("web visit", "count", HOUR), 3, 2, None, "3 web visits in the last hour (+2 points)"),
    (behaviour("web visit", "count", DAY), 3, 2, None, "3 web visits in the last day (+2 points)"),
    (behaviour("web visit", "count", 36 * HOUR), 3, 2, None, "3 web visits in the last 36 hours (+2 points)"),
    (behaviour("web visit", "count", 90 * DAY), 1234, 2, None, "1,234 web visits in the last 90 days (+2 points)"),
    (
        behaviour("web visit", "count", 90 * DAY),
        25,
        2,
        MANY,
        "25 web visits in the last 90 days; more than 8 in 10 leads (+2 points)",
    ),
    (
        behaviour("web visit", "count", 90 * DAY),
        1,
        -2,
        MANY,
        "1 web visit in the last 90 days; fewer than 8 in 10 leads (-2 points)",
    ),
    (behaviour("engagement", "count"), 50, 4, None, "50 touches so far (+4 points)"),
    (behaviour("engagement", "count"), 1, -4, None, "1 touch so far (-4 points)"),
    (behaviour("engagement", "count", 30 * DAY), 0, -4, None, "No touches in the last 30 days (-4 points)"),
    (
        behaviour("form submit", "count", 30 * DAY),
        2,
        4,
        None,
        "2 form submissions in the last 30 days (+4 points)",
    ),
    (behaviour("email opened", "count", 30 * DAY), 4, 1, None, "4 emails opened in the last 30 days (+1 point)"),
    (behaviour("email opened", "since_last"), 5, 2, None, "Last email opened 5 days ago (+2 points)"),
    (behaviour("reply", "count", 30 * DAY), 2, 2, None, "2 replies in the last 30 days (+2 points)"),
    (
        behaviour("web traffic", "count", 30 * DAY),
        3,
        2,
        None,
        "3 web traffic events in the last 30 days (+2 points)",
    ),
    (
        behaviour("touches by trade show", "count", 90 * DAY),
        1,
        2,
        None,
        "1 touch by trade show in the last 90 days (+2 points)",
    ),
    # What others of the account did.
    (
        behaviour(PRICING, "count", 30 * DAY, "colleagues"),
        3,
        6,
        None,
        "3 pricing page visits among colleagues in the last 30 days (+6 points)",
    ),
    (
        behaviour(PRICING, "count", 30 * DAY, "colleagues"),
        0,
        -1,
        None,
        "No pricing page visits among colleagues in the last 30 days (-1 point)",
    ),
    (
        behaviour("engagement", "people", 30 * DAY, "colleagues"),
        1,
        3,
        None,
        "1 colleague with touches in the last 30 days (+3 points)",
    ),
    (
        behaviour("engagement", "people", 30 * DAY, "colleagues"),
        4,
        3,
        None,
        "4 colleagues with touches in the last 30 days (+3 points)",
    ),
    (
        behaviour("engagement", "people", 30 * DAY, "colleagues"),
        0,
        -3,
        FEW,
        "No colleague with touches in the last 30 days; 1 of 10 leads has some (-3 points)",
    ),
    (
        behaviour("engagement", "since_last", scope="colleagues"),
        3.2,
        2,
        None,
        "Last touch among colleagues 3 days ago (+2 points)",
    ),
    (
        behaviour("engagement", "active_days", 30 * DAY, "colleagues"),
        4,
        2,
        None,
        "Touches among colleagues on 4 days in the last 30 days, each person's days counted (+2 points)",
    ),
    (
        behaviour("opportunities", "count", scope="account"),
        2,
        8,
        None,
        "2 opportunities with the account so far (+8 points)",
    ),
    (
        behaviour("opportunities lost", "count", 365 * DAY, "account"),
        1,
        -8,
        None,
        "1 opportunity lost with the account in the last 365 days (-8 points)",
    ),
    (
        behaviour("opportunities won", "since_last", scope="account"),
        NAN,
        -2,
        None,
        "No opportunity won with the account on record (-2 points)",
    ),
    # How long ago.
    (
        behaviour("demo request", "since_last"),
        6.3,
        10,
        SELDOM,
        "Last demo request 6 days ago; longer ago or never for 8 of 10 leads (+10 points)",
    ),
    (
        behaviour("demo request", "since_last"),
        0.02,
        10,
        None,
        "Last demo request less than an hour ago (+10 points)",
    ),
    (behaviour("demo request", "since_last"), 0.042, 10, None, "Last demo request 1 hour ago (+10 points)"),
    (behaviour("demo request", "since_last"), 1.5, 10, None, "Last demo request 36 hours ago (+10 points)"),
    (
        behaviour("demo request", "since_last"),
        NAN,
        -2,
        SELDOM,
        "No demo request on record; 3 of 10 leads have one (-2 points)",
    ),
    (behaviour("touches", "since_first"), 400, -2, None, "First touch 400 days ago (-2 points)"),
    (behaviour("touches", "since_first"), NAN, -2, None, "First touch: none, or not known when (-2 points)"),
    (AGE, 1.0, 1, MANY, "Lead created 24 hours ago; 9 of 10 leads are older (+1 point)"),
    (AGE, 25.0, -1, MANY, "Lead created 25 days ago; 8 of 10 leads are newer (-1 point)"),
    # Other measures of behaviour.
    (
        behaviour("engagement", "active_days", 30 * DAY),
        5,
        2,
        None,
        "Touches on 5 days in the last 30 days (+2 points)",
    ),
    (
        behaviour("engagement", "active_days", 30 * DAY),
        1,
        -2,
        None,
        "Touches on 1 day in the last 30 days (-2 points)",
    ),
    (behaviour("engagement", "active_days", 30 * DAY), 0, -2, None, "No touches in the last 30 days (-2 points)"),
    (
        behaviour("engagement", "campaigns", 90 * DAY),
        2,
        2,
        None,
        "Touches from 2 campaigns in the last 90 days (+2 points)",
    ),
    (
        behaviour("engagement", "campaigns", 90 * DAY),
        0,
        -2,
        None,
        "No touches from a campaign in the last 90 days (-2 points)",
    ),
    (
        behaviour("web visit", "decayed", 14 * DAY),
        2.46,
        2,
        None,
        "Recent web visits weigh 2.5; each counts half after 14 days (+2 points)",
    ),
    (
        behaviour("web visit", "decayed", 14 * DAY),
        0,
        -2,
        FEW,
        "No web visits in the last 112 days; 1 of 10 leads has some (-2 points)",
    ),
    (
        behaviour("web visit", "trend", 30 * DAY),
        3,
        2,
        None,
        "3 web visits more in the last 30 days than in the 30 days before (+2 points)",
    ),
    (
        behaviour("web visit", "trend", 30 * DAY),
        -1,
        -2,
        None,
        "1 web visit fewer in the last 30 days than in the 30 days before (-2 points)",
    ),
    (
        behaviour("web visit", "trend", 30 * DAY),
        0,
        -2,
        None,
        "As many web visits in the last 30 days as in the 30 days before (-2 points)",
    ),
    (behaviour("web visit", "burst", 7 * DAY), 6, 2, None, "As many as 6 web visits within 7 days (+2 points)"),
    (
        behaviour("web visit", "burst", 7 * DAY),
        1,
        -2,
        None,
        "Never more than 1 web visit within 7 days (-2 points)",
    ),
    (
        behaviour("call", "sum", 30 * DAY),
        1250,
        2,
        None,
        "Values of calls in the last 30 days add up to 1,250 (+2 points)",
    ),
    (
        behaviour("call", "max", 90 * DAY),
        12.5,
        2,
        None,
        "Highest value of calls in the last 90 days: 12.5 (+2 points)",
    ),
    (behaviour("call", "last"), 7, 2, None, "Value of the last call: 7 (+2 points)"),
    (
        behaviour("call", "decayed_sum", 14 * DAY),
        7.25,
        2,
        None,
        "Values of recent calls weigh 7.2; each counts half after 14 days (+2 points)",
    ),
    (
        behaviour("touches", "share", 90 * DAY, hours="mon-fri 8-18"),
        0.625,
        2,
        None,
        "62.5 % of touches in the last 90 days at office hours (+2 points)",
    ),
    (LAST_TOUCH, 0, 2, KINDS, "Last touch: web visit; as for 2 of 10 leads (+2 points)"),
    (LAST_TOUCH, NAN, -2, KINDS, "Last touch: none, or not known; known for 8 of 10 leads (-2 points)"),
    # Attributes.
    (attribute("company size", "people"), 800, 5, None, "Company size: 800 people (+5 points)"),
    (attribute("company size", "people"), 1, -5, None, "Company size: 1 person (-5 points)"),
    (
        attribute("employees", "employees"),
        25,
        5,
        MANY,
        "Employees: 25; higher than 8 in 10 leads (+5 points)",
    ),
    (attribute("annual revenue"), 0.0432, -5, MANY, "Annual revenue: 0.043; lower than 8 in 10 leads (-5 points)"),
    (attribute("annual revenue"), NAN, -5, MANY, "Annual revenue: not known; known for 9 of 10 leads (-5 points)"),
    (
        attribute("industry", levels=("Software", "Steel")),
        1,
        3,
        KINDS,
        "Industry: Steel; as for 6 of 10 leads (+3 points)",
    ),
    (
        attribute("industry", levels=("Software", "Steel")),
        NAN,
        -3,
        KINDS,
        "Industry: not known, or not to the model; known for 8 of 10 leads (-3 points)",
    ),
    (SAYS, 1, 8, KINDS, "Title says director or above; as for 6 of 10 leads (+8 points)"),
    (SAYS, 0, -8, KINDS, "Title does not say director or above; as for 2 of 10 leads (-8 points)"),
    (SAYS, NAN, -8, KINDS, "Title: not known; known for 8 of 10 leads (-8 points)"),
    (IS, 1, 2, None, "Public body: yes (+2 points)"),
    (CHANGED, 0, -1, None, "Lead source never changed (-1 point)"),
    (CHANGED, 1, 1, None, "Lead source changed once (+1 point)"),
    (CHANGED, 3, 1, None, "Lead source changed 3 times (+1 point)"),
    (SINCE_CHANGE, 9, 1, None, "Lead source changed 9 days ago (+1 point)"),
    (SINCE_CHANGE, NAN, 1, None, "Lead source: no change on record (+1 point)"),
    (FILLED, 0.75, 1, None, "75 % of profile is filled in (+1 point)"),
    (DECIDERS, 2, 4, None, "Colleagues who are decision makers: 2 (+4 points)"),
    (DECIDERS, 0, -4, None, "Colleagues who are decision makers: none (-4 points)"),
    (TITLES, 3, 4, None, "Different values of title among colleagues: 3 (+4 points)"),
    # Made of other columns.
    (WEEKLY, 2.4, 4, None, "Touches a week since creation: 2.4 (+4 points)"),
    (ALONE, 0, -1, None, "Active while no colleague is: no (-1 point)"),
    (
        plain("days", "days from webinar to pricing page", Derived(expression="1")),
        2.5,
        1,
        None,
        "Days from webinar to pricing page: 2.5 (+1 point)",
    ),
    # Points of any size.
    (attribute("employees"), 5, -1234.4, None, "Employees: 5 (-1,234 points)"),
]


@pytest.mark.parametrize(
    ("feature", "value", "points", "typical", "sentence"), CASES, ids=[c[-1][:40] for c in CASES]
)
def test_a_sentence_by_hand(feature, value, points, typical, sentence):
    assert sentence_of(Voice(feature, catalogue(), typical), value, points) == sentence
    assert len(sentence) <= LONGEST


def test_there_are_many_cases():
    assert len(CASES) >= 60


def test_agreed_points_speak_too():
    assert (
        sentence_of(PointsVoice(catalogue(), MANY), 25.0, 7)
        == "Agreed points: 25; higher than 8 in 10 leads (+7 points)"
    )


@pytest.mark.parametrize("feature", [case[0] for case in CASES[::4]])
def test_values_of_any_size_leave_no_template_open(feature):
    voice = Voice(feature, catalogue(), MANY)
    for value in [NAN, 0.0] if feature.is_category else [NAN, 0.0, 1.0, 2.0, 1e-9, 0.3, 17.5, 123_456.0, 3e12]:
        said = sentence_of(voice, value, -1)
        assert len(said) <= LONGEST
        assert not set(said) & set("{}\0")
        assert said[0] == said[0].upper()
        assert said.endswith(" (-1 point)")
        assert "  " not in said
        assert " nan" not in said


def test_peoples_own_words_are_no_templates():
    odd = attribute("size {n} \0 {x}")
    assert sentence_of(Voice(odd, catalogue()), 3, 2) == "Size {n}   {x}: 3 (+2 points)"
    named = attribute("industry", levels=("{text}",))
    assert sentence_of(Voice(named, catalogue()), 0, 2) == "Industry: {text} (+2 points)"


def test_what_is_too_long_loses_its_comparison_first_and_then_its_end():
    long = Voice(attribute("z" * 140), catalogue(), MANY)
    assert sentence_of(long, 25, 2) == f"{'Z' + 'z' * 139}: 25 (+2 points)"
    cut = sentence_of(Voice(attribute("z" * 400), catalogue(), MANY), 25, 2)
    assert len(cut) == LONGEST
    assert cut.endswith("z\N{HORIZONTAL ELLIPSIS} (+2 points)")
