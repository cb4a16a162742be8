"""The list as a file for spreadsheets."""

from __future__ import annotations

import csv
import io
from functools import lru_cache
from typing import TYPE_CHECKING

from features.facts.clock import format_moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from serving.pages.book import Entry

COLUMNS = (
    *("lead_id", "name", "company", "owner", "segment", "grade", "probability", "score", "change_in_a_week"),
    *("points", "points_grade", "agree", "top_reason", "last_touch_at", "verdict"),
    *("scored_as_of", "model_version", "receipt_id"),
)
#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def list_csv(entries: Iterable[Entry]) -> str:
    """Return the leads, one a line; a text that a spreadsheet would compute stands behind an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for entry in entries:
        if (score := entry.score) is None:
            continue
        label = entry.label
        texts = [entry.lead_id, label.name, label.company, label.owner, label.segment]
        row: list[object] = [*map(harmless, texts), score.grade, score.probability, score.score, entry.trend]
        row += [score.points, score.points_grade, score.agree, harmless(score.reason)]
        row += [None if entry.last_touch is None else _moment(entry.last_touch), entry.verdict]
        row += [_moment(score.as_of), score.version, score.receipt_id]
        writer.writerow(row)
    # With the mark, Excel reads UTF-8 as such.
    return "\ufeff" + out.getvalue()


#: Many scores are of one moment.
_moment = lru_cache(20_000)(format_moment)


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> harmless("=1+1"), harmless("Ann")
    ("'=1+1", 'Ann')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
