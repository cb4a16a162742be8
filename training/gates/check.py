"""All gates for one version: the comparison that they stand on is made once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from features.errors import LeadQualityError
from features.facts import Dataset
from features.facts.publish import silent
from training.compare import BaseRate, Compared, Side, compare_sides, dataset_path, find_ground, take_side
from training.gates import on_rows
from training.gates.gate import NAMES, Gate, not_computed
from training.gates.leaks import leaks
from training.gates.recommended import recommended

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from models.lead_model import LeadModel
    from models.registry import Registry
    from training.compare.ground import Ground
    from training.gates.thresholds import Thresholds


@dataclass(frozen=True)
class Checked:
    """The gates' outcomes, what the version was held against, and the comparison where one could be made.

    ``notes`` are lines that stop nothing.
    """

    gates: tuple[Gate, ...]
    against: str
    compared: Compared | None
    notes: tuple[Gate, ...] = ()

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the gates that did not pass."""
        return tuple(gate.name for gate in self.gates if not gate.passed)

    @property
    def not_tested(self) -> tuple[str, ...]:
        """Names of the gates that there was nothing to judge by."""
        return tuple(gate.name for gate in self.gates if not gate.tested)

    @property
    def outcome(self) -> str:
        """All in a few words: "passed", or which failed, and which were not tested."""
        found = f"failed: {', '.join(self.failed)}" if self.failed else "passed"
        return f"{found}; not tested: {', '.join(self.not_tested)}" if self.not_tested else found


def check_gates(
    registry: Registry,
    model: LeadModel,
    champion: LeadModel | None,
    asked: Thresholds,
    *,
    dataset: Path | None = None,
    step: Callable[[str], None] = silent,
) -> Checked:
    """Hold a version against the champion, or the version's card where there is none, and judge every gate.

    ``dataset`` is by default the one that the version was trained on. A gate that cannot be computed has failed,
    and says why.
    """
    against = _against(model, champion)
    audit = leaks(registry, model, asked)
    note = recommended(registry, model.version)
    notes = () if note is None else (note,)
    try:
        folder = dataset or dataset_path(registry, model.version)
        ground = find_ground(Dataset.open(folder), [m for m in (model, champion) if m is not None], step)
        step("computing features of the held-out rows and the open leads")
        first, second = _sides(model, champion, ground)
        compared = compare_sides(ground, first, second, step=step)
    except LeadQualityError as error:
        gates = {name: not_computed(name, f"{error.message}.") for name in NAMES} | {"leaks": audit}
        return Checked(tuple(gates[name] for name in NAMES), against, None, notes)
    step("judging")
    found = (
        on_rows.better(compared, asked),
        on_rows.calibration(compared, asked),
        on_rows.worst_segment(compared, asked),
        on_rows.churn(compared, asked),
        audit,
        on_rows.reasons(model, first.held, asked),
        on_rows.enough_data(model, compared, asked),
    )
    return Checked(found, compared.b.label, compared, notes)


def _against(model: LeadModel, champion: LeadModel | None) -> str:
    if champion is not None:
        return f"version {champion.version}"
    return "the base rate" if model.card is None else f"card {model.card.name}"


def _sides(model: LeadModel, champion: LeadModel | None, ground: Ground) -> tuple[Side, Side]:
    first = take_side(f"version {model.version}", model, ground)
    label = _against(model, champion)
    if champion is not None:
        return first, take_side(label, champion, ground, first)
    if model.card is not None:
        # Its columns are among the model's; its probabilities are those that the training gave its points.
        columns = model.card_columns
        return first, replace(
            first, label=label, scorer=model.card, held=first.held[:, columns], opened=first.opened[:, columns]
        )
    rate = float((ground.learn.label == 1).mean())
    return first, take_side(label, BaseRate(rate), ground)
