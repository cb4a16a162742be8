"""The model that answers: loaded once, tried before it is trusted, and replaced between two requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from features.payload import read_lead
from models.answer import answer_lead
from serving.about import describe_model, example_lead, model_digest
from serving.software import this_software

if TYPE_CHECKING:
    from models.lead_model import LeadModel


@dataclass(frozen=True)
class Champion:
    """A loaded model with what every answer of it needs, and an example lead with its answer.

    ``software`` is the name of what computes here, as receipts hold it.
    """

    model: LeadModel
    digest: str
    card_digest: str | None
    about: dict[str, Any]
    example: dict[str, Any]
    example_answer: dict[str, Any]
    software: str

    @classmethod
    def of(cls, model: LeadModel, now: int) -> Self:
        """Prepare a model; scoring the example compiles or loads every kernel, so that no caller waits for it.

        Raises
        ------
        LeadQualityError
            The model cannot score a lead in its own vocabulary.

        """
        example = example_lead(model, now)
        answer = answer_lead(model, read_lead(example, model.vocabulary, now), full=True)
        return cls(
            model=model,
            digest=model_digest(model),
            card_digest=None if model.card is None else model.card.card.digest,
            about=describe_model(model),
            example=example,
            example_answer=answer,
            software=this_software(),
        )
