"""Numbers as sentences show them, with one minus sign for all: a CRM's plain text fields take the hyphen."""

from __future__ import annotations


def plain_number(value: float, minus: str = "-") -> str:
    """Return a number with thousands marked: whole from 100 on, else with a digit or two that count.

    >>> plain_number(1234.5), plain_number(2.46), plain_number(0.0432), plain_number(-3.0)
    ('1,234', '2.5', '0.043', '-3')
    """
    size = abs(value)
    if size >= 100 or size == int(size):
        text = f"{size:,.0f}"
    elif size >= 1:
        text = f"{size:.1f}"
    else:
        text = f"{size:.2g}"
        if "e" in text:
            text = f"{size:.1e}"
    return minus + text if value < 0 and text != "0" else text


def signed_points(points: float, minus: str = "-") -> str:
    """Return whole points with their sign.

    >>> signed_points(11.4), signed_points(-3.5)
    ('+11', '-4')
    """
    whole = round(points)
    return f"+{whole:,}" if whole >= 0 else f"{minus}{-whole:,}"
