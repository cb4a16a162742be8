"""From contributions to reasons: which groups speak, through which feature, and whether what they say is true.

A reason is shown only if it passes its test. Of the features that push in its group's own direction one is found
that differs from the typical lead; with the group's typical values the raw score must move against what the
sentence claims (:mod:`models.reasons.kernel_choose`); and where the facts are at hand, a plain recount must give
the value that the sentence names. What fails is counted (:mod:`models.reasons.left_out`), and the next group takes
its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.reasons.left_out import LEFT_OUT
from models.reasons.reason import LONGEST, MOST_REASONS, Reason

if TYPE_CHECKING:
    from features.payload import LeadFacts
    from models.lead_model import LeadModel
    from models.reasons.voice import Voice


def reasons_for(
    model: LeadModel,
    row: np.ndarray,
    contributions: np.ndarray,
    most: int = MOST_REASONS,
    facts: LeadFacts | None = None,
) -> list[Reason]:
    """Return the groups that moved one lead's score most, strongest first, each tested.

    ``row`` (f,) holds the lead's features, ``contributions`` (c,) what each added in log-odds. A group speaks
    through that one of its features which did most in the group's own direction, plain ones first. Groups whose
    part rounds to no point are left out. With ``facts``, values are recounted over them.
    """
    wanted = most
    while True:
        found, failed = _reasons(model, row[None, :], contributions[None, :], wanted, facts)
        # What the facts contradict is rare; then others are asked for in its place.
        if not failed or len(found[0]) >= most or wanted >= len(model.groups):
            break
        wanted = min(wanted + failed, len(model.groups))
    if failed:
        LEFT_OUT.add("facts", failed)
    return found[0][:most]


def reasons_of(
    model: LeadModel, rows: np.ndarray, contributions: np.ndarray, most: int = MOST_REASONS
) -> list[list[Reason]]:
    """Return :func:`reasons_for` of many rows, (n, f) and (n, c)."""
    return _reasons(model, rows, contributions, most, None)[0]


def _reasons(
    model: LeadModel, rows: np.ndarray, contributions: np.ndarray, most: int, facts: LeadFacts | None
) -> tuple[list[list[Reason]], int]:
    """Return each row's reasons, and how many were left out because the facts say otherwise."""
    desk = model.desk
    chosen = desk.choose(model, np.ascontiguousarray(rows, np.float64), contributions, most)
    if chosen.by_direction:
        LEFT_OUT.add("direction", chosen.by_direction)
    if chosen.as_typical:
        LEFT_OUT.add("typical", chosen.as_typical)
    scale, width, names = model.scale.points_per_log_odds, model.width, model.groups
    found, failed = [], 0
    speakers, sizes = chosen.speaker.tolist(), chosen.points.tolist()
    for i, groups in enumerate(chosen.group.tolist()):
        own: list[Reason] = []
        for place, group in enumerate(groups):
            if group < 0:
                break
            speaker, points = speakers[i][place], sizes[i][place]
            if speaker == width:  # the trees began from the card, whose points follow their features
                value = float(model.points(rows[i : i + 1])[0])
            else:
                value = float(rows[i, speaker])
                if facts is not None and not desk.recounts[speaker].agrees(value, facts):
                    failed += 1
                    continue
            sentence = sentence_of(desk.voices[speaker], value, points)
            own.append(Reason(names[group], sentence, points / scale, points, speaker, value))
        found.append(own)
    return found, failed


def sentence_of(voice: Voice, value: float, points: float) -> str:
    """Return the sentence with its points: what was seen, beside other leads, and what it added.

    What is too long loses its comparison first, and then its end.
    """
    ending = voice.ending(round(points))
    said = voice.says(value)
    room = LONGEST - len(ending)
    if len(said) > room:
        cut = voice.words.cut
        return said[: room - len(cut)] + cut + ending
    comparison = voice.compares(value)
    return said + (comparison if len(said) + len(comparison) <= room else "") + ending
