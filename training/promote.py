"""Make a version the champion that the service loads, if it passes the gates or somebody says why it need not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from features.errors import ConfigError
from features.facts.clock import stamp
from features.facts.publish import silent
from models.registry import CHAMPION, MODEL_NAME, PREVIOUS, Registry, reaching
from training.compare.keep import keep
from training.gates import check_gates, read_thresholds
from training.spec import SHORTEST_REASON
from training.words import listed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from training.gates import Gate
    from training.gates.check import Checked

#: What is said to whoever runs the service.
TO_SERVE = "A running service takes it when told: POST /v1/model/reload, or SIGHUP to leadquality serve."
#: Tags of a version: when it became the champion, after which one, and what the gates said.
PROMOTED_AT, REPLACES = "promoted_at", "replaces"
GATES, GATES_AGAINST = "gates", "gates.against"
FORCED_WHY, FORCED_OVER, FORCED_AT = "forced.why", "forced.over", "forced.at"


@dataclass(frozen=True)
class Promotion:
    """What came of it: the gates' outcomes, whether the version is the champion now, and that in a sentence.

    ``notes`` are lines that stopped nothing.
    """

    version: str
    gates: tuple[Gate, ...]
    against: str
    promoted: bool
    forced: str | None
    sentence: str
    notes: tuple[Gate, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        own = {name: getattr(self, name) for name in ("version", "against", "promoted", "forced", "sentence")}
        told = {"gates": self.gates, "notes": self.notes}
        return own | {name: [gate.to_dict() for gate in gates] for name, gates in told.items()}


def promote(
    version_or_alias: str,
    *,
    uri: str | None = None,
    gates: Path | None = None,
    force: str | None = None,
    dataset: Path | None = None,
    step: Callable[[str], None] = silent,
) -> Promotion:
    """Judge a version by the gates and, if it passes, give it the alias ``champion``.

    The version is loaded first, so that a damaged one is never promoted; the champion so far keeps the alias
    ``previous-champion``. What the gates said is kept with the version, passed or not. ``force`` is the reason for
    promoting a version that does not pass; it is kept as tags of the version. Where every gate passes, it is not
    needed and not recorded.

    Raises
    ------
    RegistryError
        There is no such version, or the registry cannot be reached.
    DatasetError
        Its files are not a usable model.
    ConfigError
        ``force`` says too little, or the file of gates cannot be understood.

    """
    if force is not None and len(force.strip()) < SHORTEST_REASON:
        raise ConfigError(f"--force {force!r}: say why in at least {SHORTEST_REASON} characters")
    asked = read_thresholds(gates)
    registry = Registry(uri)
    step("loading the version")
    model = registry.load(version_or_alias)
    before = registry.aliases().get(CHAMPION)
    if before == model.version:
        return _already(model.version)
    champion = None if before is None else registry.load(before)
    checked = check_gates(registry, model, champion, asked, dataset=dataset, step=step)
    step("keeping what the gates said")
    with reaching(registry.uri):
        _record(registry, model.version, checked)
        if checked.compared is not None:
            keep(registry, model, f"gates-against-{checked.against.replace(' ', '-')}", checked.compared)
        if checked.failed and force is None:
            return _refused(model.version, checked)
        forced = force.strip() if checked.failed and force is not None else None
        if forced is not None:
            _record_force(registry, model.version, forced, checked)
        sentence = make_champion(registry, model.version, before)
    if forced is not None:
        verb = "was" if len(checked.failed) == 1 else "were"
        sentence += f" {listed(checked.failed)} did not pass and {verb} overruled: {forced}."
    sentence += _not_tested(checked)
    return Promotion(model.version, checked.gates, checked.against, True, forced, sentence, checked.notes)


def make_champion(registry: Registry, version: str, before: str | None) -> str:
    """Give a version the alias without asking anything, and return what was done in a sentence."""
    client = registry.client
    if before is not None:
        client.set_registered_model_alias(MODEL_NAME, PREVIOUS, before)
        client.set_model_version_tag(MODEL_NAME, version, REPLACES, before)
    client.set_registered_model_alias(MODEL_NAME, CHAMPION, version)
    client.set_model_version_tag(MODEL_NAME, version, PROMOTED_AT, stamp())
    replaced = f" It replaces version {before}, which stays as {PREVIOUS}." if before else ""
    return f"Version {version} is now the champion.{replaced} {TO_SERVE}"


def _already(version: str) -> Promotion:
    return Promotion(version, (), "", True, None, f"Version {version} is the champion already.")


def _not_tested(checked: Checked) -> str:
    names = checked.not_tested
    return f" {listed(names)} {'was' if len(names) == 1 else 'were'} not tested." if names else ""


def _refused(version: str, checked: Checked) -> Promotion:
    sentence = (
        f"Version {version} is not promoted: {listed(checked.failed)} did not pass.{_not_tested(checked)} "
        f'To promote it all the same: leadquality promote {version} --force "why"; the reason is recorded.'
    )
    return Promotion(version, checked.gates, checked.against, False, None, sentence, checked.notes)


def _record(registry: Registry, version: str, checked: Checked) -> None:
    client = registry.client
    content = {"at": stamp(), "against": checked.against, "gates": [gate.to_dict() for gate in checked.gates]}
    content["notes"] = [note.to_dict() for note in checked.notes]
    run_id = registry.resolve(version).run_id
    client.log_text(run_id, json.dumps(content, indent=2, allow_nan=False), "gates.json")
    client.set_model_version_tag(MODEL_NAME, version, GATES, checked.outcome)
    client.set_model_version_tag(MODEL_NAME, version, GATES_AGAINST, checked.against)


def _record_force(registry: Registry, version: str, why: str, checked: Checked) -> None:
    """Record the reason before the alias moves: no champion was ever forced without one."""
    for tag, value in ((FORCED_WHY, why), (FORCED_OVER, ", ".join(checked.failed)), (FORCED_AT, stamp())):
        registry.client.set_model_version_tag(MODEL_NAME, version, tag, value)
