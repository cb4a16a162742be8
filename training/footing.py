"""The counts and dates that a training stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.facts.clock import format_moment

if TYPE_CHECKING:
    from training.material import Material


def footing(material: Material) -> dict[str, Any]:
    """Return the counts and dates that say what a training stood on."""
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
        "training_until": format_moment(int(rows.as_of[parts.train].max())),
        "test_from": format_moment(parts.test_from),
        "test_until": format_moment(int(rows.as_of[parts.test].max())),
    }
