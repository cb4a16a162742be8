"""Do reasons ever contradict the facts or the direction? Counted over simulated leads, by readers of their own.

``python -m benchmarks.reasons --leads 20000`` simulates a market, trains a model on it, asks for every lead's
reasons at a random moment, and reads each sentence back: its number, its window and its sign. The number is held
against the plain reference of features (:mod:`features.reference`) over the raw facts, the direction against
LightGBM's own prediction with the group at its typical values. Nothing of what wrote the sentence is asked.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.reasons_facts import Market
from features.facts.clock import DAY, HOUR, format_moment
from features.language import Behaviour, LeadAge
from features.language.behaviour import ALL_TIME, DECAY_REACH
from features.reference import Moment, plain_feature
from models.answer import answer_row, lead_row
from models.boosted import raw_log_odds
from models.reasons import LEFT_OUT, LONGEST, reasons_for

if TYPE_CHECKING:
    from features.facts import Dataset
    from features.language import Feature
    from models.lead_model import LeadModel
    from models.reasons import Reason

_ENDING = re.compile(r" \(([+-])([\d,]+) points?\)$")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?")
_UNITS = {"day": DAY, "hour": HOUR, "minute": HOUR // 60, "second": HOUR // 3600}
_WINDOW = re.compile(r"in the last (?:([\d,]+) )?(day|hour|minute|second)s?")
_AGO = re.compile(r"([\d,]+) (day|hour)s? ago")
_NO_FIGURE = ("not known", "on record")
#: Measures that state no window, or a length of another meaning.
_WITHOUT_WINDOW = {"since_last", "since_first", "last", "burst", "trend", "decayed_sum"}


@dataclass
class Counted:
    """What was read, and every contradiction in words."""

    leads: int = 0
    reasons: int = 0
    contradictions: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


def count_contradictions(model: LeadModel, dataset: Dataset, leads: int, seed: int = 0) -> Counted:
    """Ask for the reasons of so many leads, each at a random moment, and read them back."""
    market, found = Market.read(dataset, model), Counted()
    rows: list[np.ndarray] = []
    pairs: list[tuple[int, Reason, str]] = []
    found.left_out = dict.fromkeys(LEFT_OUT.counts(), 0)
    for lead_id, as_of in market.moments(leads, seed):
        facts = market.facts(lead_id, as_of)
        row = lead_row(model, facts)
        before = LEFT_OUT.counts()
        told = reasons_for(model, row[0], model.feature_contributions(row).values[0], facts=facts)
        for cause, n in LEFT_OUT.counts().items():
            found.left_out[cause] += n - before[cause]
        answer = answer_row(model, row, lead_id, as_of, facts=facts)
        where = f"{lead_id} at {format_moment(as_of)}"
        if [r.sentence for r in told] != [s for i in range(1, 6) if (s := answer[f"reason_{i}"])]:
            found.contradictions.append(f"{where}: the answer shows other reasons than were made")
        moment = Moment(market.leads[lead_id], market.everybody(lead_id), as_of, model.manifest.observed_from)
        for reason in told:
            pairs.append((len(rows), reason, where))
            found.contradictions += [f"{where}: {why}" for why in read_back(model, reason, moment)]
        rows.append(row[0])
        found.leads += 1
    found.reasons = len(pairs)
    found.contradictions += wrong_directions(model, np.array(rows), pairs)
    return found


def read_back(model: LeadModel, reason: Reason, moment: Moment) -> list[str]:
    """Return what one sentence says that the facts do not."""
    sentence, wrong = reason.sentence, []
    ending = _ENDING.search(sentence)
    if ending is None or len(sentence) > LONGEST or "{" in sentence:
        return [f"not a whole sentence: {sentence!r}"]
    if (ending[1] == "+") != (reason.points > 0) or int(ending[2].replace(",", "")) != round(abs(reason.points)):
        wrong.append(f"{sentence!r} has other points than {reason.points:.2f}")
    if reason.feature == model.width:
        return wrong
    feature = model.feature_set.features[reason.feature]
    value = plain_feature(feature, moment, {})
    said = sentence[: ending.start()]
    if not claims(feature, said, value):
        wrong.append(f"{sentence!r}, and the facts say {feature.name} = {value!r}")
    if isinstance(feature.source, Behaviour) and not states_window(feature.source, said):
        wrong.append(f"{sentence!r} has another window than {feature.name}")
    return wrong


def claims(feature: Feature, said: str, value: float) -> bool:  # noqa: C901, PLR0911 - one case a way of saying it
    """Tell whether what a sentence says of a feature is its value, as rounded as it is said."""
    head = said.partition("; ")[0]
    if math.isnan(value):
        return any(words in head for words in _NO_FIGURE)
    if any(words in head for words in _NO_FIGURE):
        return False
    if feature.is_category:
        level = feature.levels[int(value)]
        return head.endswith((f": {level}", f": {level.replace('_', ' ')}"))
    if feature.unit == "yes or no":
        return ("not say" in head or head.endswith(": no")) == (value == 0)
    timed = isinstance(feature.source, LeadAge) or feature.name.endswith(("since_last", "since_first"))
    if timed:
        ago = _AGO.search(head)
        if ago is None:
            return head.endswith("less than an hour ago") and value * 24 < 1
        size = value * (24 if ago[2] == "hour" else 1)
        return abs(float(ago[1].replace(",", "")) - size) <= 0.5 + 1e-9
    if head.startswith("No "):
        return value == 0
    figure = _NUMBER.search(head if isinstance(feature.source, Behaviour) else head.rpartition(": ")[2])
    if figure is None:
        return False
    stated = float(figure[0].replace(",", ""))
    if isinstance(feature.source, Behaviour) and feature.source.measure == "active_days":
        stated = float(re.search(r"on ([\d,]+) days?", head)[1].replace(",", ""))  # type: ignore[index]
    if isinstance(feature.source, Behaviour) and feature.source.measure in {"sum", "max", "last", "decayed"}:
        after = re.search(r"(?:add up to|weigh|:) (-?[\d.,]+)", head)
        stated = float(after[1].rstrip(".,").replace(",", "")) if after else math.nan
    return abs(stated - value) <= max(0.051, 0.0051 * abs(value)) and (
        not float(value).is_integer() or abs(value) < 100 or stated == value
    )


def states_window(source: Behaviour, said: str) -> bool:
    """Tell whether the window that a sentence names is the feature's."""
    if source.measure in _WITHOUT_WINDOW or "half after" in said or "half weight" in said:
        return True
    window = _WINDOW.search(said)
    if window is None:
        return source.span == ALL_TIME or source.measure == "decayed"
    length = int((window[1] or "1").replace(",", "")) * _UNITS[window[2]]
    return length == (source.span * DECAY_REACH if source.measure == "decayed" else source.span)


def wrong_directions(model: LeadModel, rows: np.ndarray, pairs: list[tuple[int, Reason, str]]) -> list[str]:
    """Return the reasons whose group does not push its way, by LightGBM's own predictions."""
    if model.typical is None or not pairs:
        return []
    names = model.feature_set.names[: model.width]
    usual = [model.typical.features[name].value for name in names]
    typical = np.array([math.nan if value is None else value for value in usual])
    own = rows[[i for i, _, _ in pairs], : model.width]
    group = np.array([[model.feature_set[n].group == reason.group for n in names] for _, reason, _ in pairs])
    moved = raw_log_odds(model.booster, own) - raw_log_odds(model.booster, np.where(group, typical, own))
    return [
        f"{where}: {reason.sentence!r}, and with typical values the score moves by {-by:+.6f}"
        for (_, reason, where), by in zip(pairs, moved.tolist(), strict=True)
        if reason.feature < model.width and by * reason.points <= 0
    ]


def main() -> None:
    """Count over a market of the wanted size, and say so; a contradiction is a failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    from features.simulation import import_simulated  # noqa: PLC0415 - only where a market is made
    from training.fit import fit_all  # noqa: PLC0415
    from training.material import gather  # noqa: PLC0415
    from training.spec import read_spec  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        dataset = import_simulated(wanted.leads, wanted.seed, Path(folder) / "data")
        spec = read_spec("default", card="b2b_example", folds=2)
        model = fit_all(gather(dataset, spec), spec).model
        began = time.monotonic()
        found = count_contradictions(model, dataset, wanted.leads, wanted.seed)
    for line in found.contradictions[:20]:
        print(line)
    print(
        f"{found.reasons:,} reasons of {found.leads:,} leads read back in {time.monotonic() - began:.0f} s: "
        f"{len(found.contradictions):,} contradictions; left out before they were shown: "
        + ", ".join(f"{n:,} by {cause}" for cause, n in found.left_out.items())
    )
    sys.exit(bool(found.contradictions))


if __name__ == "__main__":
    main()
