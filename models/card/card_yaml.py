"""Any card written as the commented YAML that people keep and change."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import yaml

from models.card.words import condition_words, points_words

if TYPE_CHECKING:
    from models.card.card import PointCard
    from models.card.rule import Rule

#: Floats below it that are whole are written as whole numbers, and read back as the same.
_EXACT = 1e15
_AXES = {"fit": "Fit: what a lead is.", "engagement": "Engagement: what people did."}


def card_yaml(card: PointCard, note: str = "") -> str:
    """Return a card as YAML with comments, which reads back as the same card, its signature included.

    ``note`` stands as a comment at the top; each rule is explained in a comment of its own.
    """
    content = card.model_dump(by_alias=True, exclude_defaults=True)
    lines = [*_comment(note), *_head(content), ""]
    for axis, said in _AXES.items():
        rules = card.axes[axis].rules
        cap = card.axes[axis].cap
        if not rules and cap is None:
            continue
        lines += [f"# {said}", f"{axis}:"]
        if cap is not None:
            lines.append(f"  cap: {cap}  # the most that these rules give together")
        lines.append("  rules:" if rules else "  rules: []")
        for rule, keys in zip(rules, content[axis].get("rules", []), strict=True):
            lines += _rule(rule, keys)
        lines.append("")
    return "\n".join([*lines, *_foot(content)]) + "\n"


def _comment(note: str) -> list[str]:
    said = [f"# {line}".rstrip() for line in note.splitlines()]
    return [
        *said,
        "# docs/card.md explains the format; leadquality card check FILE finds what is wrong with it.",
        "",
    ]


def _head(content: dict[str, Any]) -> list[str]:
    agreed = content["agreed"]
    lines = [f"version: {content['version']}", f"name: {content['name']}"]
    if "title" in content:
        lines.append(f"title: {flow(content['title'])}")
    lines += ["", "agreed:", *(f"  {key}: {flow(value)}" for key, value in agreed.items())]
    return lines


def _rule(rule: Rule, keys: dict[str, Any]) -> list[str]:
    order = ["name", *(key for key in keys if key not in {"name", "points"}), "points"]
    if "cap" in keys:
        order = [*(key for key in order if key != "cap"), "cap"]
    said = f"{points_words(rule.points)} {condition_words(rule)}"
    lines = [f"    # {_printable(said)}"]
    for number, key in enumerate(order):
        lines.append(f"    {'- ' if number == 0 else '  '}{key}: {flow(keys[key])}")
    return lines


def _foot(content: dict[str, Any]) -> list[str]:
    lines = []
    if "cap" in content:
        lines += ["# The total never exceeds this.", f"cap: {content['cap']}", ""]
    lines += ["# Least points for each grade; what lies below C is D.", f"grades: {flow(content['grades'])}", ""]
    lines += [
        "# From so many points on, marketing hands the lead to sales.",
        f"qualified: {content['qualified']}",
    ]
    if "grid" in content:
        grid = content["grid"]
        lines += ["", "# A letter for fit and a number for engagement, from A1 to D4.", "grid:"]
        lines += [f"  fit: {flow(grid['fit'])}", f"  engagement: {flow(grid['engagement'])}"]
    if "actions" in content:
        lines += ["", "# What happens to the leads of each grade.", "actions:"]
        lines += [f"  {grade}: {flow(action)}" for grade, action in content["actions"].items()]
    if "signed" in content:
        lines += ["", *signed_lines(content["signed"])]
    return lines


def signed_lines(signed: dict[str, Any]) -> list[str]:
    """Return the signed block; it stands at a file's end."""
    keys = [f"  {key}: {flow(signed[key])}" for key in ("by", "on", "digest")]
    return ["# Signed: from here on the card cannot change, only be replaced by a new one.", "signed:", *keys]


def flow(value: object) -> str:
    """Return a value as YAML on one line, quoted wherever its text could be read as something else.

    >>> flow(["Software", "yes", "7"]), flow({"A": 60, "B": 40}), flow([None, 7.0])
    ("[Software, 'yes', '7']", '{A: 60, B: 40}', '[null, 7]')
    """
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow, value))}]"
    if isinstance(value, dict):
        pairs = [f"{key if str(key).isdigit() else flow(key)}: {flow(one)}" for key, one in value.items()]
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, float) and value == int(value) and abs(value) < _EXACT:
        value = int(value)
    # In a list, so that a comma is quoted too; and no line ends within quotes.
    style = '"' if isinstance(value, str) and not value.isprintable() else None
    text = yaml.safe_dump(
        [value], default_flow_style=True, default_style=style, allow_unicode=True, width=math.inf
    )
    return text.removesuffix("\n")[1:-1]


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
