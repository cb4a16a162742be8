"""Everything that reasons of one model need, laid out once: voices, groups, typical values, the trees' splits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from models.boosted import raw_log_odds
from models.reasons.card_side import rules_by_group
from models.reasons.kernel_choose import choose
from models.reasons.messages import catalogue
from models.reasons.recount import Recount
from models.reasons.voice import PointsVoice, Voice

if TYPE_CHECKING:
    from models.lead_model import LeadModel
    from models.reasons.messages import Catalogue
    from models.shap import TreeShap


class Chosen(NamedTuple):
    """Groups that passed their test, (n, most) each, -1 where there are no more; and how many failed, and why."""

    group: np.ndarray
    speaker: np.ndarray
    points: np.ndarray
    by_direction: int
    as_typical: int


class _Groups(NamedTuple):
    """What the kernel reads of groups and features, in the order of its arguments.

    ``group_of`` (c,) numbers each contribution's group, ``start`` and ``member`` list each group's. ``typical``,
    ``direction`` and ``weight`` are by feature; ``tree_start`` and ``tree_root`` list the trees that read a group.
    """

    group_of: np.ndarray
    start: np.ndarray
    member: np.ndarray
    typical: np.ndarray
    direction: np.ndarray
    weight: np.ndarray
    tree_start: np.ndarray
    tree_root: np.ndarray


@dataclass(frozen=True)
class Desk:
    """A model's voices and what its reasons are tested with.

    ``voices`` are by column, the agreed points' last where the trees began from them; ``recounts`` go with them;
    ``rules`` are the card's by the group that they are about.
    ``compared`` is False for a model that was saved without typical values: its reasons come without comparison,
    and nothing holds them against the typical lead. Trees that only LightGBM itself walks have no ``splits``.
    """

    words: Catalogue
    voices: tuple[Voice, ...]
    recounts: tuple[Recount, ...]
    groups: _Groups
    splits: tuple[np.ndarray, ...]
    compared: bool
    walked: bool
    typical_points: float
    rules: dict[str, list[int]]

    @classmethod
    def of(cls, model: LeadModel, language: str = "en") -> Desk:
        """Prepare a model's reasons."""
        words, features, known = catalogue(language), model.feature_set.features[: model.width], model.typical
        voices = [Voice(f, words, None if known is None else known.features.get(f.name)) for f in features]
        if model.start is not None:
            voices.append(PointsVoice(words, None if known is None else known.points))
        usual = [None if voice.typical is None else voice.typical.value for voice in voices[: model.width]]
        agreed = None if known is None or known.points is None else known.points.value
        members = model.group_members
        start, root = _trees_of_groups(model.shap, model.group_of, len(model.groups))
        groups = _Groups(
            np.ascontiguousarray(model.group_of, np.int64),
            np.cumsum([0, *map(len, members)]).astype(np.int64),
            np.array([member for group in members for member in group], np.int64),
            np.array([np.nan if value is None else value for value in usual], np.float64),
            np.array([f.direction for f in features], np.float64),
            np.array([voice.weight for voice in voices], np.float64),
            start,
            root,
        )
        paths = model.shap.paths if model.shap is not None else None
        return cls(
            words=words,
            voices=tuple(voices),
            recounts=tuple(Recount(f, model.manifest.observed_from) for f in features),
            groups=groups,
            splits=_NO_SPLITS if paths is None else (*paths[:6], *paths[7:]),
            compared=known is not None,
            walked=known is not None and paths is not None,
            typical_points=0.0 if agreed is None else agreed,
            rules=rules_by_group(model),
        )

    def choose(self, model: LeadModel, rows: np.ndarray, contributions: np.ndarray, most: int) -> Chosen:
        """Return each row's strongest groups of those that pass; ``rows`` (n, f), ``contributions`` (n, c)."""
        if self.compared and not self.walked:
            return _choose_slowly(self, model, rows, contributions, most)
        return self._run(model, rows, contributions, most)

    def _run(self, model: LeadModel, rows: np.ndarray, contributions: np.ndarray, most: int) -> Chosen:
        n = len(rows)
        push = np.zeros(n)
        if model.start is not None and self.compared:
            push = model.start.slope * (model.points(rows) - self.typical_points)
        group, speaker = np.empty((n, most), np.int64), np.empty((n, most), np.int64)
        points, left_out = np.empty((n, most)), np.zeros(2, np.int64)
        scale = float(model.scale.points_per_log_odds)
        choose(
            rows, contributions, push, scale, self.compared, self.walked, *self.groups, *self.splits,
            group, speaker, points, left_out,
        )  # fmt: skip
        return Chosen(group, speaker, points, int(left_out[0]), int(left_out[1]))


#: In the types of :class:`models.shap.tree_shap.Walk`, for trees that it does not take.
_NO_SPLITS: tuple[np.ndarray, ...] = (
    np.zeros(0, np.uint32),
    np.zeros(0),
    np.zeros(0, bool),
    np.zeros(0, bool),
    np.zeros(0, np.int32),
    np.zeros(0, np.uint32),
    np.zeros((0, 2), np.int32),
    np.zeros(0),
)


def _choose_slowly(desk: Desk, model: LeadModel, rows: np.ndarray, contributions: np.ndarray, most: int) -> Chosen:
    """Ask LightGBM itself which way each group pushes, for trees that our own walk does not take."""
    all_groups = desk._run(model, rows, contributions, len(model.groups))
    found = Chosen(
        np.full((len(rows), most), -1),
        np.full((len(rows), most), -1),
        np.zeros((len(rows), most)),
        0,
        all_groups.as_typical,
    )
    width, failed = model.width, 0
    group_of = model.group_of[:width]
    for i, own in enumerate(rows[:, :width]):
        usual = [np.where(group_of == g, desk.groups.typical, own) for g in all_groups.group[i] if g >= 0]
        if not usual:
            continue
        raw = raw_log_odds(model.booster, np.vstack([own, *usual]))
        kept = [k for k in range(len(usual)) if (raw[0] - raw[k + 1]) * all_groups.points[i, k] > 0]
        failed += len(usual) - len(kept)
        for place, k in enumerate(kept[:most]):
            for into, of in zip(found[:3], all_groups[:3], strict=True):
                into[i, place] = of[i, k]
    return found._replace(by_direction=failed)


def _trees_of_groups(shap: TreeShap | None, group_of: np.ndarray, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Return for each group the bounds (groups + 1,) and roots of the trees that read any of its features."""
    found: list[list[int]] = [[] for _ in range(groups)]
    if shap is not None:
        feature, child = shap.paths.feature.tolist(), shap.paths.child.tolist()
        for root in shap.paths.root.tolist():
            below, read = [root], set()
            while below:
                node = below.pop()
                if node >= 0:
                    read.add(int(group_of[feature[node]]))
                    below.extend(child[node])
            for group in read:
                found[group].append(root)
    start = np.cumsum([0, *(len(roots) for roots in found)]).astype(np.int64)
    return start, np.array([root for roots in found for root in roots], np.int64)
