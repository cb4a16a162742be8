"""What people call a lead."""

from __future__ import annotations

import pytest

from serving.pages.book.label import label_of


def told(**values):
    return {name: (0, value) for name, value in values.items()}


@pytest.mark.parametrize(
    ("own", "account", "expected"),
    [
        ({"name": "Ann"}, {}, ("Ann", "acme", "")),
        ({"first_name": "Ann", "last_name": "Poe"}, {}, ("Ann Poe", "acme", "")),
        ({"full_name": "A. Poe", "first_name": "Ann"}, {}, ("A. Poe", "acme", "")),
        ({"last_name": "Poe"}, {"name": "Acme"}, ("Poe", "Acme", "")),
        ({"name": None}, {"company": "Acme", "name": "other"}, ("L1", "Acme", "")),
        ({"company": "Own"}, {"company": "Acme"}, ("L1", "Own", "")),
        ({}, {"owner": "Mia"}, ("L1", "acme", "Mia")),
        ({"owner": "Noah"}, {"owner": "Mia"}, ("L1", "acme", "Noah")),
        ({"owner": None, "owner_id": "005"}, {}, ("L1", "acme", "005")),
    ],
)
def test_names(own, account, expected):
    label = label_of("L1", "acme", told(**own), told(**account), "")
    assert (label.name, label.company, label.owner) == expected


def test_the_segment_is_the_leads_own_before_the_companys():
    assert label_of("L", "a", told(region="EU"), told(region="US"), "region").segment == "EU"
    assert label_of("L", "a", {}, told(region="US"), "region").segment == "US"
    assert label_of("L", None, {}, {}, "region").segment == ""


def test_all_of_it_is_searched_in_small_letters():
    own = told(name="ANN Poe", title="CTO", email="Ann@X.example", owner="Mia")
    label = label_of("L1", "ACME", own, told(name="Straße"), "")
    for word in ("l1", "acme", "ann poe", "cto", "ann@x.example", "mia", "strasse"):
        assert word in label.searched
