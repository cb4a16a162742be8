"""The leak guard: what the audit convicts is left out of the features, unless a person trusts it and says why.

The audit looks twice. What it convicts by the facts before the held-out period is left out with no sight of what
the model will be measured on. What only the whole history convicts is left out as well, since a leak in a model
that people use is worse than a choice made with sight of the test; it is marked as such. That choice cannot
flatter the figures where leaving the thing out lowers them, and the second training shows whether it does.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from features.audit import audit_dataset
from features.errors import ConfigError, did_you_mean
from features.facts import silent
from training.past import facts_before
from training.quarantine import Narrowed, keys_read, leave_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from features.audit import Audit, Finding
    from features.facts import Dataset
    from features.language import FeatureSet, Profile
    from models.card import CardScorer
    from training.spec import TrainingSpec, Trust


@dataclass(frozen=True)
class Convict:
    """Something convicted: its ``key`` as a ``trust:`` entry names it, and the finding with the evidence.

    ``sighted`` where only the held-out period's facts, too, convict it; ``trusted`` is the reason for taking it
    back, None where it is left out.
    """

    key: str
    finding: Finding
    sighted: bool
    trusted: str | None = None


@dataclass(frozen=True)
class Guard:
    """What the guard found and did in one training.

    ``declared`` is the feature set with nothing left out, ``narrowed`` what the model may read. ``idle`` names
    ``trust:`` entries for what is not convicted; ``card_rules`` are the rules, with the key, of an agreed card
    that read what the model may not.
    """

    convicts: tuple[Convict, ...]
    warnings: tuple[Finding, ...]
    idle: tuple[str, ...]
    declared: FeatureSet
    narrowed: Narrowed
    card_rules: tuple[tuple[str, str], ...] = ()

    @property
    def left_out(self) -> tuple[Convict, ...]:
        """What the features may not read."""
        return tuple(convict for convict in self.convicts if convict.trusted is None)

    @property
    def trusted(self) -> tuple[Convict, ...]:
        """What was convicted and taken back."""
        return tuple(convict for convict in self.convicts if convict.trusted is not None)


def stand_guard(
    dataset: Dataset,
    spec: TrainingSpec,
    test_from: int,
    declared: FeatureSet,
    profile: Profile,
    card: CardScorer | None = None,
    step: Callable[[str], None] = silent,
) -> Guard:
    """Audit the dataset and narrow the declared features to what is not convicted.

    Raises
    ------
    ConfigError
        A ``trust:`` entry names nothing of the dataset, or nothing is left to learn from.

    """
    trust = {trusted_key(entry, profile): entry.reason for entry in spec.trust}
    step("looking for leaks before the held-out period")
    with tempfile.TemporaryDirectory(prefix="leadquality-guard-") as folder:
        before = audit_dataset(facts_before(dataset, test_from, Path(folder)))
    step("looking for leaks in the whole history")
    whole = audit_dataset(dataset)
    found = {**_convicted(whole), **_convicted(before)}
    unsighted = _convicted(before)
    convicts = tuple(
        Convict(key, found[key], key not in unsighted, trust.get(key))
        for key in [*unsighted, *(key for key in found if key not in unsighted)]
    )
    out = {convict.key for convict in convicts if convict.trusted is None}
    return Guard(
        convicts=convicts,
        warnings=tuple(
            f for f in whole.findings if f.severity == "warning" and f.subject.what in {"attribute", "events"}
        ),
        idle=tuple(key for key in trust if key not in found),
        declared=declared,
        narrowed=leave_out(declared, out, profile),
        card_rules=() if card is None else _rules_reading(card, out),
    )


def trusted_key(entry: Trust, profile: Profile) -> str:
    """Return the key that an entry of ``trust:`` speaks of, as ``lead.tags``.

    Raises
    ------
    ConfigError
        The dataset has no such attribute or kind, or both the lead and the account have the attribute.

    """
    if entry.kind is not None:
        if entry.kind not in profile.kinds:
            message = f"trust: no event kind {entry.kind!r} in the dataset"
            raise ConfigError(message, hint=did_you_mean(entry.kind, profile.kinds))
        return f"events.{entry.kind}"
    name = str(entry.attribute)
    owners = [known.entity for known in profile.attributes if known.name == name]
    owners = [owner for owner in owners if entry.entity in {None, owner}]
    if not owners:
        whose = "" if entry.entity is None else f" of the {entry.entity}"
        hint = did_you_mean(name, {known.name for known in profile.attributes})
        if name in profile.kinds:
            hint = f"it is a kind of events: kind: {name}, or on the command line --trust events.{name}=..."
        raise ConfigError(f"trust: no attribute {name!r}{whose} in the dataset", hint=hint)
    if len(owners) > 1:
        message = f"trust: both lead and account have an attribute {name!r}"
        hint = f"say which: entity: lead, or on the command line --trust lead.{name}=..."
        raise ConfigError(message, hint=hint)
    return f"{owners[0]}.{name}"


def _convicted(audit: Audit) -> dict[str, Finding]:
    """Return the finding that convicts each suspect, by its key."""
    found: dict[str, Finding] = {}
    for suspect in audit.quarantined:
        for finding in audit.findings:
            about = finding.subject
            same = (about.what, about.name, about.entity) == (suspect.what, suspect.name, suspect.entity)
            if same and finding.done == "quarantined":
                found.setdefault(suspect.key, finding)
    return found


def _rules_reading(card: CardScorer, keys: set[str]) -> tuple[tuple[str, str], ...]:
    return tuple((rule.name, key) for rule, f in card.bound for key in sorted(keys_read(f.source) & keys))
