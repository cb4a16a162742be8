"""The counts and dates that a training stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from features.facts.clock import format_moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from training.material import Material


def footing(material: Material) -> dict[str, Any]:
    """Return the counts and dates that say what a training stood on.

    ``test_apart_rows`` are decided rows of the held-out period that are not tested on, since their accounts are
    learnt from, ``training_apart_rows`` the reverse; their rates of positive rows are None where there are none.
    """
    rows, parts = material.rows, material.parts
    return {
        "snapshots": len(rows),
        "undecided": material.undecided,
        "training_rows": int(parts.train.sum()),
        "training_opportunities": int((rows.label[parts.train] == 1).sum()),
        "young_rows": int(parts.young.sum()),
        "test_rows": int(parts.test.sum()),
        "test_opportunities": int((rows.label[parts.test] == 1).sum()),
        "training_rate": float((rows.label[parts.train] == 1).mean()),
        "test_rate": float((rows.label[parts.test] == 1).mean()),
        **_apart(material),
        "training_until": format_moment(int(rows.as_of[parts.train].max())),
        "test_from": format_moment(parts.test_from),
        "test_until": format_moment(int(rows.as_of[parts.test].max())),
    }


def apart_sentences(counts: Mapping[str, Any]) -> list[str]:
    """Return in a sentence what was left out so that no account stands on both sides; none where nothing was."""
    said = []
    for key, period, other in (("test", "held-out", "learnt from"), ("training", "training", "tested on")):
        rows, rate = counts[f"{key}_apart_rows"], counts[f"{key}_apart_rate"]
        if rows:
            kept = "tested on" if key == "test" else "learnt from"
            said.append(
                f"{rows:,} rows of the {period} period ({rate:.1%} positive, {counts[f'{key}_rate']:.1%} of those "
                f"{kept}) since their accounts are {other}"
            )
    if not said:
        return []
    other_leads = " The held-out figures speak of the accounts that are left." if counts["test_apart_rows"] else ""
    return [f"Left out: {'; '.join(said)}.{other_leads}"]


def _apart(material: Material) -> dict[str, Any]:
    rows, parts = material.rows, material.parts
    found: dict[str, Any] = {}
    apart = np.zeros(len(rows), bool) if parts.apart is None else parts.apart
    for key, side in (("training", rows.as_of < parts.test_from), ("test", rows.as_of >= parts.test_from)):
        label = rows.label[apart & side]
        found[f"{key}_apart_rows"] = len(label)
        found[f"{key}_apart_rate"] = float((label == 1).mean()) if len(label) else None
    return found
