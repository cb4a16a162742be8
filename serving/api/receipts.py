"""``GET /v1/receipts/{receipt_id}``: what was scored, by which model, with what result."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serving.api.facts import ledger_of
from serving.front.errors import RequestError
from serving.front.replies import plain_json
from serving.front.routes import Endpoint
from serving.ledger.facts import id_fault
from serving.scoring.shown import show_receipt
from serving.scoring.verify import LoadedModel, loaded_or_elsewhere, verify

if TYPE_CHECKING:
    from starlette.responses import Response

    from serving.front.call import Call
    from serving.ledger import Ledger, StoredReceipt
    from serving.scoring.champion import Champion
    from serving.scoring.desk import Desk


@dataclass(frozen=True)
class ReceiptRoutes:
    """Reading receipts."""

    desk: Desk

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint(
                "GET", "/v1/receipts/{receipt_id}", self.show, "read", "a receipt; ?verify=true computes it again"
            )
        ]

    async def show(self, call: Call) -> Response:
        """``GET /v1/receipts/{receipt_id}?verify=``."""
        receipt_id, query = call.params["receipt_id"], call.query("verify")
        wanted = query.get("verify", "false")
        if wanted not in {"true", "false"}:
            raise RequestError("verify", f"expected true or false, got {wanted[:40]!r}")
        if (fault := id_fault(receipt_id)) is not None:
            raise RequestError("receipt_id", fault)
        ledger, champion = ledger_of(self.desk), self.desk.champion
        found = await asyncio.to_thread(ledger.receipt, receipt_id)
        if found is None:
            raise RequestError("receipt_id", f"no receipt {receipt_id[:60]!r}", status=404)
        return plain_json(await asyncio.to_thread(_tell, ledger, found, champion, wanted == "true"))


def _tell(ledger: Ledger, receipt: StoredReceipt, champion: Champion, wanted: bool) -> dict[str, Any]:
    body = None if receipt.input_digest is None else ledger.input(receipt.input_digest)
    loaded = LoadedModel(champion.model, champion.digest)
    told = show_receipt(receipt, body, loaded)
    if not wanted:
        return {**told, "verification": None}
    outcome = verify(receipt, body, lambda _: loaded_or_elsewhere(loaded, receipt))
    return {**told, "verification": {"outcome": outcome.outcome, "says": list(outcome.says)}}
