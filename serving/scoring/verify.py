"""Whether a receipt tells the truth: it is computed again, and must be equal to the last bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np
import orjson

from models.answer import answer_row, lead_row
from serving.about import model_digest
from serving.ledger import from_canonical, input_digest, pack_features, unpack_features
from serving.scoring.decide import receipt_name, with_receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.lead_model import LeadModel
    from serving.ledger import StoredReceipt

Outcome: TypeAlias = Literal["verified", "features only", "pruned", "forgotten", "mismatch", "model not found"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
#: Differences named of one receipt.
_MOST = 10


class ModelNotFoundError(Exception):
    """The version that made a receipt is not to be had; the text says why."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model and its digest, which takes a while to compute."""

    model: LeadModel
    digest: str

    @classmethod
    def of(cls, model: LeadModel) -> LoadedModel:
        """Return a model with its digest."""
        return cls(model, model_digest(model))


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of a receipt; ``says`` holds a sentence each for what differs, or why there is less to compare.

    ``verified``: the facts give the features, bit for bit, and these the answer. ``features only``: the facts are
    pruned or forgotten, and the features give the answer. ``pruned``: neither is left.
    """

    outcome: Outcome
    says: tuple[str, ...] = ()


def verify(receipt: StoredReceipt, body: bytes | None, model_of: Callable[[str], LoadedModel]) -> Verification:
    """Compute a receipt again; ``body`` is its canonical input, None where that is gone.

    ``model_of`` returns the model of a version, or raises :class:`ModelNotFoundError`.
    """
    if receipt.is_forgotten:
        return Verification("forgotten", ("the person is forgotten; nothing of the score is left",))
    if body is None and receipt.features is None:
        return Verification("pruned", ("facts and features were deleted by retention; the answer is left",))
    try:
        loaded = model_of(receipt.model_version)
    except ModelNotFoundError as error:
        return Verification("model not found", (str(error),))
    says = _compare(receipt, body, loaded)
    if says:
        return Verification("mismatch", tuple(says))
    if body is None:
        return Verification("features only", ("the facts were pruned, or told of somebody who is forgotten",))
    return Verification("verified", () if receipt.features is not None else ("the features were pruned",))


def _compare(receipt: StoredReceipt, body: bytes | None, loaded: LoadedModel) -> list[str]:
    """Return what differs, from the model on to the answer."""
    if loaded.digest != receipt.model_digest:
        what = f"model {receipt.model_version} has the digest {loaded.digest[:12]}, the receipt's had"
        return [f"{what} {receipt.model_digest[:12]}"]
    if body is not None and (says := _compare_input(receipt, body)):
        return says
    row = unpack_features(receipt.features or b"") if body is None else _computed_row(receipt, body, loaded.model)
    wanted = len(loaded.model.feature_set.features)
    if len(row) != wanted:
        return [f"features: {len(row)} are kept, {wanted} are the model's"]
    says = [] if receipt.features is None else _compare_features(receipt.features, row, loaded.model)
    return says + _compare_answer(receipt, row, loaded.model)


def _compare_input(receipt: StoredReceipt, body: bytes) -> list[str]:
    digest = input_digest(body)
    if digest != receipt.input_digest:
        return [f"facts: their digest is {digest[:12]}, the receipt's {str(receipt.input_digest)[:12]}"]
    name = receipt_name(digest, receipt.as_of, receipt.model_digest)
    if name != receipt.receipt_id:
        return [f"receipt_id: facts, moment and model give {name}"]
    return []


def _computed_row(receipt: StoredReceipt, body: bytes, model: LeadModel) -> np.ndarray:
    row: np.ndarray = lead_row(model, from_canonical(body, receipt.as_of))[0]
    return row


def _compare_features(packed: bytes, row: np.ndarray, model: LeadModel) -> list[str]:
    if pack_features(row) == packed:
        return []
    kept = unpack_features(packed)
    if len(kept) != len(row):
        return [f"features: {len(kept)} are kept, {len(row)} were computed"]
    names = model.feature_set.names
    differ = np.flatnonzero(kept.view(np.int64) != np.ascontiguousarray(row, "<f8").view(np.int64))
    found = [f"feature {names[i]}: {row[i]!r} computed, {kept[i]!r} kept" for i in differ[:_MOST].tolist()]
    return found if len(differ) <= _MOST else [*found, f"and {len(differ) - _MOST} more features"]


def _compare_answer(receipt: StoredReceipt, row: np.ndarray, model: LeadModel) -> list[str]:
    if receipt.answer is None:
        return ["answer: it is gone"]
    answer = answer_row(model, row[None, :].copy(), receipt.lead_id, receipt.as_of)
    again = orjson.dumps(with_receipt(answer, receipt.receipt_id)).decode()
    if again == receipt.answer:
        return []
    try:
        kept, computed = orjson.loads(receipt.answer), orjson.loads(again)
        names = [name for name in {**computed, **kept} if computed.get(name) != kept.get(name)]
    except (orjson.JSONDecodeError, TypeError, AttributeError):
        return ["answer: it is not JSON any more"]
    found = [f"{name}: {computed.get(name)!r} computed, {kept.get(name)!r} kept" for name in names[:_MOST]]
    return found or ["answer: the same values in another text"]
