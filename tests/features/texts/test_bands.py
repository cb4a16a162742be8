"""Employee and revenue bands from messy text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.texts import EMPLOYEE_BANDS, REVENUE_BANDS, employee_band, employees, revenue, revenue_band

UNREADABLE = [
    *(
        "",
        "-",
        "n/a",
        "unknown",
        "11-Oct",
        "Oct-50",
        "2011-10-01",
        "01.10.2050",
        "10/50",
        "50-10",
        "-5",
        "10-",
        "11 50",
    ),
    *("555-123-4567", "10 or 50", "10 to 50+", "nan", "inf", "1_000", "٣", "10,00,5", "1.2.3", "lots", "99" * 200),
]


@pytest.mark.parametrize(
    ("text", "people", "band"),
    [
        ("11-50", math.sqrt(550), "11-50"),
        ("11–50", math.sqrt(550), "11-50"),
        ("1,001 to 5,000", math.sqrt(1001 * 5000), "1001-5000"),
        ("1.001-5.000", math.sqrt(1001 * 5000), "1001-5000"),
        ("10k-50k", math.sqrt(1e4 * 5e4), "10001+"),
        ("1-10 employees", math.sqrt(10), "1-10"),
        ("10 bis 49 Mitarbeiter", math.sqrt(490), "11-50"),
        ("de 10 à 50 salariés", math.sqrt(500), "11-50"),
        ("Small (11-50)", math.sqrt(550), "11-50"),
        ("1001+", 2002, "1001-5000"),
        (">10000", 20000, "10001+"),
        ("10,000 or more", 20000, "10001+"),
        ("über 500", 1000, "501-1000"),
        ("< 10", 5, "1-10"),
        ("0-10", 5, "1-10"),
        ("bis 50", 25, "11-50"),
        ("self-employed", 1, "1-10"),
        ("250.0", 250, "201-500"),
        ("1 200", 1200, "1001-5000"),
        ("1,00,000", 100_000, "10001+"),
        ("ca. 50", 50, "11-50"),
        ("10", 10, "1-10"),
        ("11", 11, "11-50"),
        ("10000", 10000, "5001-10000"),
        ("0", None, None),
        ("20000000", None, None),
        *((text, None, None) for text in UNREADABLE),
    ],
)
def test_employees(text, people, band):
    assert employees(text) == (None if people is None else pytest.approx(people))
    assert employee_band(text) == band


@pytest.mark.parametrize(
    ("text", "money", "band"),
    [
        ("$10M-$50M", math.sqrt(5e14), "10M-50M"),
        ("$10-50M", math.sqrt(5e14), "10M-50M"),
        ("10 - 50 Mio. EUR", math.sqrt(5e14), "10M-50M"),
        ("USD 1.5bn", 1.5e9, "over 1B"),
        ("€500k", 5e5, "under 1M"),
        ("1,000,000", 1e6, "1M-10M"),
        ("100M+", 2e8, "100M-500M"),
        ("$500M+", 1e9, "500M-1B"),
        ("Under $1 Million", 5e5, "under 1M"),
        ("1,5 Mio €", 1.5e6, "1M-10M"),
        ("1.500 Mio EUR", 1.5e9, "over 1B"),
        ("1,000M", 1e9, "over 1B"),
        ("1.250M", 1.25e6, "1M-10M"),
        ("1.234,56", 1234.56, "under 1M"),
        ("$1,234.56", 1234.56, "under 1M"),
        ("2.5E7", 2.5e7, "10M-50M"),
        ("Rs 5 crore", 5e7, "50M-100M"),
        ("$0-1M", 5e5, "under 1M"),
        ("0", 0.0, "under 1M"),
        ("10 mil", None, None),
        ("500-1bn", None, None),
        ("-3M", None, None),
        *((text, None, None) for text in UNREADABLE),
    ],
)
def test_revenue(text, money, band):
    assert revenue(text) == (None if money is None else pytest.approx(money))
    assert revenue_band(text) == band


@pytest.mark.parametrize("band", EMPLOYEE_BANDS)
def test_a_canonical_employee_band_reads_as_itself(band):
    assert employee_band(band) == band


@pytest.mark.parametrize("band", REVENUE_BANDS)
def test_a_canonical_revenue_band_reads_as_itself(band):
    assert revenue_band(band) == band


PIECES = st.sampled_from(
    [
        *"0159,.'+-<>$€~kKmM ",
        "10",
        "1.000",
        "001",
        " to ",
        " bis ",
        "Mio",
        "bn",
        "1e9",
        "–",
        "ſ",
        "employees",
        "K",
        "≥",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES).map("".join))


@given(text=TEXTS)
def test_any_text_gives_a_possible_number_and_its_band_or_neither(text):
    for number, band, bands in (
        (employees, employee_band, EMPLOYEE_BANDS),
        (revenue, revenue_band, REVENUE_BANDS),
    ):
        value = number(text)
        assert band(text) in {None, *bands}
        assert (value is None) == (band(text) is None)
        assert value is None or (math.isfinite(value) and value >= 0)


@given(text=TEXTS)
def test_case_and_outer_blanks_never_change_the_answer(text):
    for read in (employees, employee_band, revenue, revenue_band):
        assert len({read(form) for form in (text, text.upper(), text.lower(), f" {text}\u00a0\n")}) == 1


@given(people=st.integers(1, 10_000_000))
def test_a_whole_number_is_read_as_itself_however_its_thousands_are_parted(people):
    for mark in (",", ".", " ", "'", ""):
        assert employees(f"{people:,}".replace(",", mark)) == people
