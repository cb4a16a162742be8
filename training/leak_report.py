"""What the leak guard did, for people, for JSON and for MLflow."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from features.facts.clock import format_moment

if TYPE_CHECKING:
    from training.inflation import Inflation
    from training.leak_guard import Convict, Guard

#: So many names are told in one sentence.
_NAMED = 8


def guard_table(guard: Guard) -> Table | None:
    """Return one row for each thing convicted, with the evidence; None where there is none."""
    if not guard.convicts:
        return None
    table = Table(
        title="Leak guard: what tells the outcome", box=box.SIMPLE_HEAD, title_justify="left", show_lines=True
    )
    table.add_column("what", no_wrap=True)
    table.add_column("features", no_wrap=True)
    table.add_column("evidence")
    for convict in guard.convicts:
        done = Text("left out", "red") if convict.trusted is None else Text("trusted", "yellow")
        table.add_row(Text(convict.key, "bold"), done, Text(_evidence(convict)))
    return table


def _evidence(convict: Convict) -> str:
    said = convict.finding.sentence
    if convict.sighted:
        said += " (Convicted only with the held-out period's facts.)"
    if convict.trusted is not None:
        said += f" Trusted: {convict.trusted}."
    return said


def guard_sentences(guard: Guard, inflation: Inflation | None) -> list[str]:
    """Return what the guard did in plain sentences; nothing convicted is said, too."""
    lines = [] if guard.convicts else ["Leak guard: the audit convicts nothing; no feature is left out."]
    if inflation is not None:
        lines.append(_inflation_sentence(inflation))
        lines += _sighted_sentences(guard, inflation)
    elif guard.left_out:
        lines.append("No feature of this set reads what is left out, so it would have changed nothing.")
    if guard.narrowed.changed:
        lines.append(_columns_sentence(guard))
    if guard.left_out:
        lines.append(
            "If one of them is known in time, take it back: "
            f'leadquality train ... --trust {guard.left_out[0].key}="the reason".'
        )
    if guard.narrowed.functions and guard.left_out:
        lines.append(
            "Beware: functions are given every fact, those left out as well; check "
            f"{_names(guard.narrowed.functions)}."
        )
    lines += [
        f"Beware: the card's rule {rule!r} reads {key}. It is scored as agreed, so the card's figures are too "
        "good."
        for rule, key in guard.card_rules
    ]
    lines += [
        f"Beware: trust: names {key}, which the audit does not convict; the entry does nothing."
        for key in guard.idle
    ]
    doubtful = [finding.subject.name for finding in guard.warnings]
    if doubtful:
        lines.append(
            f"The audit cannot tell whether these were known in time, and leaves them in: {_names(doubtful)}. "
            "A person must decide: leadquality audit says what to find out."
        )
    return lines


def _sighted_sentences(guard: Guard, inflation: Inflation) -> list[str]:
    """Say what the convictions made with sight of the held-out period did to the figures there."""
    gain = inflation.sighted
    if gain is None:
        return []
    names = _names([convict.key for convict in guard.left_out if convict.sighted])
    opening = f"Convicted only with the held-out period's facts: {names}. They alone would have added"
    figures = f"{gain.value:+.3f} to the AUC ({gain.low:+.3f} to {gain.high:+.3f})"
    if gain.low >= 0:
        return [f"{opening} {figures}, so leaving them out does not flatter the figures."]
    if gain.high < 0:
        return [
            f"Beware: {opening} {figures}: leaving them out, a choice made with sight of it, flatters the figures."
        ]
    return [f"{opening} {figures}: if that choice flatters the figures at all, then by at most {-gain.low:.3f}."]


def _columns_sentence(guard: Guard) -> str:
    dropped, narrowed = len(guard.narrowed.dropped), len(guard.narrowed.narrowed)
    said = f"The model goes without {dropped:,} of {len(guard.declared.features):,} declared features"
    return said + (f"; {narrowed:,} more read only what is not left out." if narrowed else ".")


def _inflation_sentence(inflation: Inflation) -> str:
    without, leaky, gain = inflation.without, inflation.auc, inflation.gain
    said = (
        f"With what is left out the test AUC would have been {leaky.value:.3f} instead of {without.value:.3f}: "
        f"{gain.value:+.3f} (95 % interval of the difference {gain.low:+.3f} to {gain.high:+.3f}). "
    )
    return said + "That model was only measured, not registered."


def _names(names: tuple[str, ...] | list[str]) -> str:
    distinct = list(dict.fromkeys(names))
    more = len(distinct) - _NAMED
    return ", ".join(distinct[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def guard_dict(guard: Guard, inflation: Inflation | None) -> dict[str, Any]:
    """Return the guard's findings and the inflation as plain values for JSON."""
    return {
        "left_out": [_plain(convict) for convict in guard.left_out],
        "trusted": [{**_plain(convict), "reason": convict.trusted} for convict in guard.trusted],
        "idle_trust": list(guard.idle),
        "undecided": [
            {"about": str(f.subject), "sentence": f.sentence, "decide": f.decide} for f in guard.warnings
        ],
        "features_dropped": list(guard.narrowed.dropped),
        "features_narrowed": list(guard.narrowed.narrowed),
        "card_rules": [{"rule": rule, "reads": key} for rule, key in guard.card_rules],
        "inflation": None if inflation is None else _figures(inflation),
    }


def guard_json(guard: Guard, inflation: Inflation | None, test_from: int) -> str:
    """Return the artifact ``leak_guard.json``."""
    content = {"held_out_from": format_moment(test_from), **guard_dict(guard, inflation)}
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)


def _plain(convict: Convict) -> dict[str, Any]:
    finding = convict.finding
    return {
        "key": convict.key,
        "check": finding.check,
        "sentence": finding.sentence,
        "evidence": {name: _number(value) for name, value in finding.evidence.items()},
        "convicted_only_with_held_out_facts": convict.sighted,
    }


def _number(value: float | str) -> float | str | None:
    return None if isinstance(value, float) and not isfinite(value) else value


def _figures(inflation: Inflation) -> dict[str, Any]:
    parts = {
        "auc_without": inflation.without,
        "auc_with": inflation.auc,
        "difference": inflation.gain,
        "difference_of_those_convicted_only_with_held_out_facts": inflation.sighted,
    }
    return {
        name: {key: _number(value) for key, value in asdict(part).items()}
        for name, part in parts.items()
        if part is not None
    }


def guard_parameters(guard: Guard) -> dict[str, str]:
    """Return the run's parameters: what was left out, and what was trusted and why."""
    return {
        "leak_guard.left_out": ", ".join(convict.key for convict in guard.left_out),
        "leak_guard.trusted": "; ".join(f"{convict.key}: {convict.trusted}" for convict in guard.trusted),
    }


def guard_metrics(guard: Guard, inflation: Inflation | None) -> dict[str, float]:
    """Return the run's figures: how much was left out, and what it would have added to the test AUC."""
    found = {"leak_guard.left_out": float(len(guard.left_out)), "leak_guard.trusted": float(len(guard.trusted))}
    if inflation is not None:
        gain = inflation.gain
        figures = {"auc_with": inflation.auc.value, "inflation": gain.value}
        figures |= {"inflation_low": gain.low, "inflation_high": gain.high}
        found |= {f"leak_guard.{name}": value for name, value in figures.items() if isfinite(value)}
    return found
