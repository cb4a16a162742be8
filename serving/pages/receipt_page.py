"""One receipt: what was answered, from what, and whether it comes out the same today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from serving.scoring.shown import show_receipt
from serving.scoring.verify import LoadedModel, loaded_or_elsewhere, verify

if TYPE_CHECKING:
    from serving.ledger import StoredReceipt
    from serving.pages.site import Site

_SAYS = {
    "verified": "Computed again just now from the facts that were kept: the same, bit for bit.",
    "other words": "Computed again just now: the same figures, in the words of another software version.",
    "features only": "Computed again just now from the features that were kept: the same, bit for bit.",
    "pruned": "Facts and features were deleted by retention; the answer is left, and cannot be computed again.",
    "forgotten": "The person is forgotten; nothing of the score is left.",
    "mismatch": "Computed again just now, and it came out differently. Tell whoever runs this service.",
    "model not found": "Another model is in service than the one that scored this.",
}


def gather(site: Site, receipt: StoredReceipt, *, is_admin: bool) -> dict[str, Any]:
    """Return the page's content; keys and request ids are for admins."""
    champion = site.desk.champion
    loaded = LoadedModel(champion.model, champion.digest)
    body = None if receipt.input_digest is None else site.ledger.input(receipt.input_digest)
    outcome = verify(receipt, body, lambda _: loaded_or_elsewhere(loaded, receipt))
    entry = site.book().leads.get(receipt.lead_id)
    return {
        "receipt": receipt,
        "answer": None if receipt.answer is None else orjson.loads(receipt.answer),
        "shown": show_receipt(receipt, body, loaded),
        "outcome": outcome,
        "outcome_says": _SAYS.get(outcome.outcome, outcome.outcome),
        "name": receipt.lead_id if entry is None else entry.label.name,
        "is_admin": is_admin,
    }
