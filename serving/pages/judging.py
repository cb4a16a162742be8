"""What sales may say of a lead with one click."""

from __future__ import annotations

import re
from typing import Any

from features.facts.clock import format_moment
from serving.pages.refused import Refused

#: Verdict and reason by the button's value; sales and marketing read the reasons of those rejected together.
CHOICES: dict[str, tuple[str, str, str]] = {
    "accept": ("accepted", "", "Accept"),
    "reject-person": ("rejected", "wrong person", "Wrong person"),
    "reject-fit": ("rejected", "company does not fit", "Company does not fit"),
    "reject-need": ("rejected", "no need or no budget", "No need or no budget"),
    "reject-reach": ("rejected", "cannot be reached", "Cannot be reached"),
    "reject-known": ("rejected", "duplicate or already a customer", "Duplicate or customer"),
    "recycle": ("recycled", "not now", "Not now"),
}
_FORM_ID = re.compile(r"[A-Za-z0-9_-]{1,60}")
LONGEST_NOTE = 300


def read_choice(form: dict[str, str], now: int) -> dict[str, Any]:
    """Return a verdict as ``POST /v1/verdicts`` reads it; a form that is sent twice tells it once.

    Raises
    ------
    Refused
        The form holds no choice that there is.

    """
    lead_id, name, form_id = form.get("lead_id", ""), form.get("choice", ""), form.get("form", "")
    if name not in CHOICES or not _FORM_ID.fullmatch(form_id):
        raise Refused(400, "The form holds no choice that there is; nothing was done.")
    verdict, reason, _ = CHOICES[name]
    note = " ".join(form.get("note", "").split())[:LONGEST_NOTE]
    said = ": ".join(part for part in (reason, note) if part)
    return {
        "verdict_id": f"page-{form_id}-{name}",
        "lead_id": lead_id,
        "at": format_moment(now),
        "verdict": verdict,
        "reason": said or None,
    }
