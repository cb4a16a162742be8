"""Do the opportunities reach as far as the rest, and have their ends a time?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.facts.clock import DAY

if TYPE_CHECKING:
    from features.facts.staging import Staging

#: So few opportunities tell nothing of how often one comes.
_ENOUGH = 20
#: With opportunities at a steady rate, one such silence in twenty thousand.
_LONG = 10


def note_early_end(staging: Staging, observed_until: str) -> None:
    """Note, with numbers, where the last opportunity is long before the end of the observed period."""
    count, first, last, gap = staging.rows(
        f"""SELECT count(*), min(created_at)::VARCHAR, max(created_at)::VARCHAR,
            epoch_us(TIMESTAMPTZ '{observed_until}') - epoch_us(max(created_at)) FROM accepted_opportunities"""
    )[0]
    if count < _ENOUGH:
        return
    query = f"SELECT epoch_us(TIMESTAMPTZ '{last}') - epoch_us(TIMESTAMPTZ '{first}')"
    usual = staging.rows(query)[0][0] / (count - 1)
    if gap <= _LONG * usual:
        return
    leads = staging.count("accepted_leads", f"created_at > TIMESTAMPTZ '{last}'")
    events = staging.count("accepted_events", f"\"at\" > TIMESTAMPTZ '{last}'")
    staging.note(
        f"The last of {count} opportunities is of {last[:19]}, {gap / DAY:.1f} days before the end of the "
        f"observed period; until then one came every {usual / DAY:.2g} days. {leads} leads and {events} events "
        "are later than that. If opportunities were exported earlier than the rest, their leads would wrongly be "
        "taken for failures: then give that earlier moment as observed_until."
    )


def note_untimed_ends(staging: Staging) -> None:
    """Note how many opportunities were won or lost at no known time: no feature can use that."""
    untimed = staging.count("accepted_opportunities", "won IS NOT NULL AND closed_at IS NULL")
    if untimed:
        staging.note(
            f"{untimed} opportunities are said to be won or lost without closed_at: when that became known cannot "
            "be told, so no feature reads it. The opportunities themselves count."
        )
