"""One booster in place of several: its raw score is the mean of theirs, and so are its contributions.

A bag that stays a bag must be asked model by model. Dividing every leaf by the number of boosters and putting
the trees one after another gives the same mean from one text: whatever reads a booster reads a bag, and reasons
stay exact, since TreeSHAP adds over trees.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lightgbm as lgb

from features.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Lines of a tree that are amounts of the score. ``shrinkage`` is how much of a tree's own fit its leaves hold.
_AMOUNTS = ("leaf_value", "internal_value", "shrinkage")
#: Lines of the header that are not the same for boosters of the same kind.
_OWN_LINES = ("feature_infos", "tree_sizes")
_END = "end of trees"


@dataclass(frozen=True)
class _Text:
    """A booster's text in parts: the header's lines by key in their order, its trees, and what follows them."""

    header: dict[str, str]
    trees: list[str]
    rest: str


def merge_boosters(boosters: Sequence[lgb.Booster]) -> lgb.Booster:
    """Return one booster whose raw score is the mean of those of ``boosters``, each up to its best round.

    Contributions (``pred_contrib``) and their base are the means of theirs too. One booster alone comes back as a
    copy with the same text.

    Raises
    ------
    ConfigError
        The boosters read different features, have different objectives or directions, or have linear leaves.
    ValueError
        There is none.

    """
    if not boosters:
        raise ValueError("there is no booster to merge")
    texts = [_parse(booster.model_to_string()) for booster in boosters]
    for text in texts[1:]:
        _check_same(texts[0].header, text.header)
    divided = [_divided(tree, len(texts)) for text in texts for tree in text.trees]
    trees = [f"Tree={number}\n{tree}" for number, tree in enumerate(divided)]
    header = dict(texts[0].header)
    header["feature_infos"] = _joined_infos([text.header["feature_infos"] for text in texts])
    header["tree_sizes"] = " ".join(str(len(tree.encode())) for tree in trees)
    lines = [key if value == "" else f"{key}={value}" for key, value in header.items()]
    return lgb.Booster(model_str="\n".join([*lines, "", "".join(trees) + texts[0].rest]))


def _parse(text: str) -> _Text:
    head, first, body = text.partition("\nTree=0\n")
    if not first:
        raise ConfigError("a booster without a tree cannot be merged", hint="grow at least one round")
    # A line without "=", such as the first one, stands as a key without a value.
    header = {key: value for key, _, value in (line.partition("=") for line in head.strip().split("\n"))}
    trees, end, rest = body.partition(_END)
    # The sections after the trees are LightGBM's notes; it counts importances anew on reading.
    return _Text(header, re.split(r"Tree=\d+\n", trees), end + rest)


def _check_same(one: dict[str, str], other: dict[str, str]) -> None:
    for key in sorted(one.keys() | other.keys()):
        if key not in _OWN_LINES and one.get(key) != other.get(key):
            raise ConfigError(
                f"boosters that differ in {key} cannot be merged: {_short(one.get(key))} against "
                f"{_short(other.get(key))}",
                hint="train all of them on the same feature set",
            )


def _short(value: str | None, most: int = 80) -> str:
    if value is None:
        return "none"
    return value if len(value) <= most else f"{value[:most]}..."


def _divided(tree: str, by: int) -> str:
    """Return a tree's text with its share of the score divided."""
    if "\nis_linear=1" in tree:
        raise ConfigError("boosters with linear leaves cannot be merged", hint="train without linear_tree")
    if by == 1:
        return tree
    lines = tree.split("\n")
    for i, line in enumerate(lines):
        key, equals, values = line.partition("=")
        if equals and key in _AMOUNTS:
            lines[i] = f"{key}=" + " ".join(repr(float(value) / by) for value in values.split())
    return "\n".join(lines)


def _joined_infos(infos: list[str]) -> str:
    """Return what the boosters together saw of each feature: the widest range, or every category."""
    return " ".join(_joined_info(seen) for seen in zip(*(info.split() for info in infos), strict=True))


def _joined_info(seen: tuple[str, ...]) -> str:
    known = [info for info in dict.fromkeys(seen) if info != "none"]
    if len(known) <= 1:
        return known[0] if known else "none"
    if all(info.startswith("[") for info in known):
        ends = [info.strip("[]").split(":") for info in known]
        low = min((low for low, _ in ends), key=float)
        return f"[{low}:{max((high for _, high in ends), key=float)}]"
    return ":".join(dict.fromkeys(level for info in known for level in info.split(":")))
