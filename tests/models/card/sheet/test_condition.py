"""Plain words into a rule's keys: every line of the table in docs/card_sheets.md, and what is refused."""

from __future__ import annotations

import pytest

from models.card.sheet.condition import read_condition
from models.card.sheet.faults import UnreadableError
from models.card.sheet.phrases import SHIPPED


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Title contains VP or Director", {"attribute": "title", "contains": ["VP", "Director"]}),
        ("Title contains VP/Director, Head of", {"attribute": "title", "contains": ["VP", "Director", "Head of"]}),
        ("Industry = Software", {"attribute": "industry", "equals": "Software"}),
        ('Industry = "Aerospace and Defense"', {"attribute": "industry", "equals": "Aerospace and Defense"}),
        ("Industry is Software or Finance", {"attribute": "industry", "in": ["Software", "Finance"]}),
        ("Industry: Software, Finance", {"attribute": "industry", "in": ["Software", "Finance"]}),
        ("Tech stack = Salesforce", {"attribute": "tech_stack", "equals": "Salesforce"}),
        ("Employees 200-5,000", {"attribute": "employees", "between": [200, 5000]}),
        ("200+ employees", {"attribute": "employees", "between": [200, None]}),
        ("fewer than 10 employees", {"attribute": "employees", "between": [None, 9]}),
        ("Company size > 1000", {"attribute": "employees", "between": [1001, None]}),
        ("Revenue $10M-$50M", {"attribute": "revenue", "between": [10e6, 50e6]}),
        ("Phone is missing", {"attribute": "phone", "missing": True}),
        ("No phone number", {"attribute": "phone", "missing": True}),
        ("Webinar attended (last 90 days), max 20", {"event": "webinar", "within": "90d"}),
        ("Visited pricing page 3+ times", {"event": "pricing_page_visit", "at_least": 3}),
        ("Email click at least twice", {"event": "email_click", "at_least": 2}),
        (
            "Web visits on at least 3 days in the last 2 weeks",
            {"event": "web_visit", "distinct_days": 3, "within": "14d"},
        ),
        ("last web visit more than 90 days ago", {"event": "web_visit", "days_since": [90, None]}),
        ("last web visit 2 to 4 weeks ago", {"event": "web_visit", "days_since": [14, 28]}),
        ("Each webinar, half-life 14 days", {"event": "webinar", "half_life": "14d"}),
        ("Email open or email click by colleagues", {"event": ["email_open", "email_click"], "who": "colleagues"}),
        ("event roundtable in the last month", {"event": "roundtable", "within": "30d"}),
        ("Existing customer", {"account": "opportunity_won"}),
        ("Lost opportunity in the last 365 days", {"account": "opportunity_lost", "within": "365d"}),
        ("Each email open in the past quarter", {"event": "email_open", "each": True, "within": "90d"}),
    ],
)
def test_what_is_read(text, keys):
    assert read_condition(text, SHIPPED).keys == keys


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a condition such as"),
        ("Student", "a condition such as"),
        ("Attended roundtable in last 90 days", "a condition such as"),
        ("Webinar registered", "a condition such as"),
        ("Country is not Germany", "cannot say 'not'"),
        ("Title does not contain VP", "cannot say 'not'"),
        ("No web visit in 90 days", "'last web visit more than 90 days ago' can be said"),
        ("Title contains VP and Industry = Software", "one condition"),
        ("Industry = Aerospace and Defense", "stands in quotation marks"),
        ("Employees 5000-200", "from the smaller to the larger"),
        ("Employees 1.000-5.000", "a number that means one thing"),
        ("Revenue 10-50M", "the unit at both numbers"),
        ("Score band = 5-10", "'between 5 and 10' for numbers, or the text in quotation marks"),
        ("Each webinar 3+ times", "not both"),
        ("Webinar in the last 30 days in the last 60 days", "one within, not both 30d and 60d"),
    ],
)
def test_what_is_refused(text, message):
    with pytest.raises(UnreadableError, match=message):
        read_condition(text, SHIPPED)
