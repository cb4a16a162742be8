"""What a model must not be trusted for, in sentences."""

from __future__ import annotations

import pandas as pd

from training.card.limits import grade_sentences

ROW = {
    "group": "A",
    "expected": 0.3,
    "seen": 0.15,
    "ratio": 0.5,
    "ratio_low": 0.3,
    "ratio_high": 0.8,
    "holds": False,
}


def test_a_grade_that_does_not_hold_is_a_limit():
    fine = ROW | {"group": "B", "holds": True}
    assert grade_sentences(pd.DataFrame([ROW, fine])) == [
        "Grade A did not hold on the held-out rows: of 100 leads 30.0 are promised and 15.0 were seen, 0.50 per "
        "one expected (0.30 to 0.80)."
    ]
    assert grade_sentences(pd.DataFrame([fine])) == []
