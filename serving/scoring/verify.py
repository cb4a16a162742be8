"""Whether a receipt tells the truth: it is computed again, and must be equal to the last bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import orjson

from models.answer import answer_row, lead_row
from models.reasons import MOST_REASONS
from serving.about import model_digest
from serving.ledger import from_canonical, input_digest, pack_features, unpack_features
from serving.scoring.decide import receipt_name, with_receipt
from serving.software import this_software

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.payload import LeadFacts
    from models.lead_model import LeadModel
    from serving.ledger import StoredReceipt

Outcome: TypeAlias = Literal[
    "verified", "features only", "other words", "pruned", "forgotten", "mismatch", "model not found"
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
#: Differences named of one receipt.
_MOST = 10
#: What of an answer is sentences: another version of the software may word them otherwise.
_WORDS = frozenset(f"reason_{i + 1}" for i in range(MOST_REASONS))


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
    pruned or forgotten, and the features give the answer. ``other words``: every figure comes out again, bit for
    bit, and another version of the software words the reasons otherwise. ``pruned``: neither facts nor features
    are left.
    """

    outcome: Outcome
    says: tuple[str, ...] = ()


def loaded_or_elsewhere(loaded: LoadedModel, receipt: StoredReceipt) -> LoadedModel:
    """Return the model in service where it is the one that made a receipt, or has its version.

    Raises
    ------
    ModelNotFoundError
        Another made it; the message says what loads that.

    """
    if receipt.model_version != loaded.model.version and receipt.model_digest != loaded.digest:
        here = f"model {loaded.model.version} is in service, and {receipt.model_version} made this receipt"
        raise ModelNotFoundError(f"{here}: leadquality receipt verify {receipt.receipt_id} loads it")
    return loaded


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
    found = _compare(receipt, body, loaded)
    if found:
        return _differing(receipt, found)
    if body is None:
        return Verification("features only", ("the facts were pruned, or told of somebody who is forgotten",))
    return Verification("verified", () if receipt.features is not None else ("the features were pruned",))


class _Difference(NamedTuple):
    """What differs; ``worded`` where it is no more than the words of a sentence."""

    says: str
    worded: bool = False


def _differing(receipt: StoredReceipt, found: list[_Difference]) -> Verification:
    says = tuple(each.says for each in found)
    if receipt.software == this_software():
        return Verification("mismatch", says)
    made = receipt.software or "a version that did not write its name"
    who = f"made by {made}, this is {this_software()}"
    if all(each.worded for each in found):
        return Verification("other words", (f"the same figures, other words: {who}", *says))
    return Verification("mismatch", (*says, who))


def _compare(receipt: StoredReceipt, body: bytes | None, loaded: LoadedModel) -> list[_Difference]:
    """Return what differs, from the model on to the answer."""
    if loaded.digest != receipt.model_digest:
        what = f"model {receipt.model_version} has the digest {loaded.digest[:12]}, the receipt's had"
        return [_Difference(f"{what} {receipt.model_digest[:12]}")]
    if body is not None and (found := _compare_input(receipt, body)):
        return found
    facts = None if body is None else from_canonical(body, receipt.as_of)
    row = unpack_features(receipt.features or b"") if facts is None else lead_row(loaded.model, facts)[0]
    wanted = len(loaded.model.feature_set.features)
    if len(row) != wanted:
        return [_Difference(f"features: {len(row)} are kept, {wanted} are the model's")]
    found = [] if receipt.features is None else _compare_features(receipt.features, row, loaded.model)
    return found + _compare_answer(receipt, row, loaded.model, facts)


def _compare_input(receipt: StoredReceipt, body: bytes) -> list[_Difference]:
    digest = input_digest(body)
    if digest != receipt.input_digest:
        return [
            _Difference(f"facts: their digest is {digest[:12]}, the receipt's {str(receipt.input_digest)[:12]}")
        ]
    name = receipt_name(digest, receipt.as_of, receipt.model_digest)
    if name != receipt.receipt_id:
        return [_Difference(f"receipt_id: facts, moment and model give {name}")]
    return []


def _compare_features(packed: bytes, row: np.ndarray, model: LeadModel) -> list[_Difference]:
    if pack_features(row) == packed:
        return []
    kept = unpack_features(packed)
    if len(kept) != len(row):
        return [_Difference(f"features: {len(kept)} are kept, {len(row)} were computed")]
    names = model.feature_set.names
    differ = np.flatnonzero(kept.view(np.int64) != np.ascontiguousarray(row, "<f8").view(np.int64))
    says = [f"feature {names[i]}: {row[i]!r} computed, {kept[i]!r} kept" for i in differ[:_MOST].tolist()]
    if len(differ) > _MOST:
        says.append(f"and {len(differ) - _MOST} more features")
    return [_Difference(line) for line in says]


def _compare_answer(
    receipt: StoredReceipt, row: np.ndarray, model: LeadModel, facts: LeadFacts | None
) -> list[_Difference]:
    if receipt.answer is None:
        return [_Difference("answer: it is gone")]
    answer = answer_row(model, row[None, :].copy(), receipt.lead_id, receipt.as_of, facts=facts)
    again = orjson.dumps(with_receipt(answer, receipt.receipt_id)).decode()
    if again == receipt.answer:
        return []
    try:
        kept, computed = orjson.loads(receipt.answer), orjson.loads(again)
        names = [name for name in {**computed, **kept} if computed.get(name) != kept.get(name)]
    except (orjson.JSONDecodeError, TypeError, AttributeError):
        return [_Difference("answer: it is not JSON any more")]
    found = [_difference(name, computed, kept) for name in names[:_MOST]]
    return found or [_Difference("answer: the same values in another text", worded=True)]


def _difference(name: str, computed: dict[str, Any], kept: dict[str, Any]) -> _Difference:
    says = f"{name}: {computed.get(name)!r} computed, {kept.get(name)!r} kept"
    return _Difference(says, worded=name in _WORDS and isinstance(kept.get(name), str))
