"""For whom: the two scorers on each value of what leads and accounts are sorted by, and of the first channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from features.language import Feature, FeatureSet
from features.language.attributes import AttributeValue
from features.language.behaviour import Touch
from features.language.naming import identifier
from features.levels import learn_levels
from features.plan import compile_plan
from training.compare.paired import Part, measure_part, paired_dict

if TYPE_CHECKING:
    from features.language import Profile
    from training.compare.ground import Ground
    from training.compare.side import Side

#: An attribute with more values than this sorts nobody; of its values so many are looked at by themselves.
MOST_VALUES, SHOWN = 40, 6
#: A number with so few values is a code.
CODES = 6
OTHERS, UNKNOWN = "all other values", "not known"


@dataclass(frozen=True)
class Segment:
    """The held-out rows on which an attribute has a value at the row's moment; ``tests`` is among how many."""

    attribute: str
    value: str
    part: Part
    tests: int

    @property
    def name(self) -> str:
        """As a table names it."""
        return f"{self.attribute}: {self.value}"

    @property
    def where(self) -> str:
        """As a condition."""
        return f"the {self.attribute} is {self.value}"

    @property
    def standing(self) -> Literal["better", "worse", "unclear"]:
        """Whether the first is clearly better or worse by either measure, all segments taken together."""
        return self.standing_among(self.tests)

    def standing_among(self, tests: int) -> Literal["better", "worse", "unclear"]:
        """Say how the first stands when so many differences are looked at together.

        Worse comes first: a segment that gains in one measure and loses in the other is a loss.
        """
        found = {measure.standing(tests) for measure in self.part.measures.values()}
        return "worse" if "worse" in found else "better" if "better" in found else "unclear"

    @property
    def lean(self) -> float:
        """The worse of its measures' differences in standard errors, below 0 where the first is worse."""
        return min((measure.lean for measure in self.part.measures.values()), default=0.0)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        own = {"attribute": self.attribute, "value": self.value, "standing": self.standing}
        return own | paired_dict(self.part)


def measure_segments(ground: Ground, a: Side, b: Side) -> tuple[Segment, ...]:
    """Measure both on every segment, attribute by attribute, the most frequent value first."""
    found: list[tuple[str, str, Part]] = []
    for label, values, codes in _sorted_by(ground):
        for number, value in enumerate(values):
            found.append((label, value, measure_part(ground, a, b, codes == number)))
    tests = sum(len(part.measures) for *_, part in found)
    return tuple(Segment(label, value, part, tests) for label, value, part in found)


def _sorted_by(ground: Ground) -> list[tuple[str, list[str], np.ndarray]]:
    """Return each attribute's label, the names of its segments, and each held-out row's segment (held,)."""
    wanted = segment_features(ground.profile, ground.avoided)
    if not wanted.features:
        return []
    held, history = ground.held, ground.history
    fitted = learn_levels(wanted, history, held.lead, held.as_of, rare=0.0, most=None)
    plan = compile_plan(fitted, history.kinds, history.observed_from)
    matrix = plan.run(history, held.lead, held.as_of)
    found = []
    for column, feature in zip(matrix.T, fitted.features, strict=True):
        top = list(feature.levels[:SHOWN])
        codes = np.where(np.isnan(column), len(top) + 1, np.minimum(column, len(top))).astype(np.int64)
        names = [*top, OTHERS, UNKNOWN]
        present = [number for number in range(len(names)) if (codes == number).any()]
        if len(present) > 1:
            place = np.full(len(names), -1)
            place[present] = np.arange(len(present))
            found.append((feature.label, [names[number] for number in present], place[codes]))
    return found


def segment_features(profile: Profile, avoided: frozenset[str] = frozenset()) -> FeatureSet:
    """Return what leads are sorted by: categories with few values, and the channel of the first touch.

    What a leak guard left out tells the outcome, and a segment of it would be one of outcomes.
    """
    features = [
        Feature(
            name=f"{known.entity}_{identifier(known.name)}",
            unit="category",
            group="segment",
            label=f"{known.entity}'s {known.name.replace('_', ' ')}",
            source=AttributeValue(entity=known.entity, attribute=known.name, type="category"),
        )
        for known in profile.attributes
        if 1 < known.distinct <= (MOST_VALUES if known.type == "category" else CODES)
        and known.usable
        and f"{known.entity}.{known.name}" not in avoided
    ]
    kinds = tuple(kind for kind in profile.kinds if f"events.{kind}" not in avoided)
    if profile.channels and kinds:
        source = Touch(kinds=kinds, what="channel", place=-1)
        label = "channel of the first touch"
        features.append(Feature(name="first_channel", unit="channel", group="segment", label=label, source=source))
    return FeatureSet(name="segments", features=tuple(features))
