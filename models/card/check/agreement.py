"""What does not hold together in who agreed, replaced and signed a card."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from models.card.check.fault import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.card.card import PointCard
    from models.card.check.draft import Draft


def agreement_findings(draft: Draft, card: PointCard | None) -> Iterator[Finding]:
    """Yield what is wrong with dates and labels; ``card`` is None where the card could not be understood whole."""
    agreed = draft.card.agreed
    if "agreed" not in draft.broken and agreed.valid_from is not None and agreed.valid_from < agreed.on:
        yield Finding(
            ("agreed", "valid_from"),
            f"the card holds from {agreed.valid_from}, before it was agreed on {agreed.on}",
            "write the day from which it is to hold; points given before that day stay as they were",
            "warning",
        )
    if "agreed" not in draft.broken and agreed.on > (now := today()):
        what = f"the card was agreed on {agreed.on}, which is still to come: today is {now}"
        yield Finding(("agreed", "on"), what, "write the day of the agreement; valid_from may be later", "warning")
    if card is None:
        return
    if agreed.replaces in _own_labels(card):
        yield Finding(
            ("agreed", "replaces"),
            f"the card replaces itself, {agreed.replaces}",
            "write the label of the card before it, as leadquality card show prints it, or leave replaces out",
        )
    if card.signed is None:
        return
    if card.signed.digest != card.digest:
        yield Finding(
            ("signed", "digest"),
            f"the card was signed as {card.signed.digest[:8]} and now says something else ({card.digest[:8]})",
            f"undo the change; or make a new card of it: take out the signed block and write "
            f"replaces: {card.name}@{card.signed.digest[:8]} under agreed",
        )
    if card.signed.on < agreed.on:
        what = f"the card was signed on {card.signed.on}, before it was agreed on {agreed.on}"
        yield Finding(("signed", "on"), what, "one of the two dates is wrong", "warning")


def today() -> dt.date:
    """Return the day that it is anywhere the reader may be: here, or by UTC, the later."""
    now = dt.datetime.now(dt.UTC)
    return max(now.date(), now.astimezone().date())


def _own_labels(card: PointCard) -> set[str]:
    """Return the labels that the card had before replaces was written into it, and when it was signed."""
    labels = {card.label}
    before = card.model_copy(update={"agreed": card.agreed.model_copy(update={"replaces": None})})
    labels.add(before.label)
    if card.signed is not None:
        labels.add(f"{card.name}@{card.signed.digest[:8]}")
    return labels
