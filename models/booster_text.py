"""Whether a saved booster is whole. LightGBM takes half of one for a whole, or ends the process over it."""

from __future__ import annotations

_SIZES = b"\ntree_sizes="
_END = b"end of trees"


def check_whole(text: str) -> str:
    """Return the text of a booster, each of whose trees is as long as its head says.

    Raises
    ------
    ValueError
        A part of it is missing or was changed.

    """
    raw = text.encode()
    head, found, rest = raw.partition(_SIZES)
    sizes, _, _ = rest.partition(b"\n")
    if not found or b"\nTree=" in head or not all(size.isdigit() for size in sizes.split()):
        raise ValueError("booster.txt is damaged: its head does not say how long its trees are")
    at = raw.find(b"\nTree=0\n") + 1 if sizes.split() else raw.find(_END)
    for number, size in enumerate(sizes.split()):
        if not raw.startswith(b"Tree=%d\n" % number, at):
            raise ValueError(f"booster.txt is damaged: tree {number} is not where it should be")
        at += int(size)
    if not raw.startswith(_END, at) or b"\nend of parameters" not in raw[at:]:
        raise ValueError("booster.txt is damaged: its end is missing")
    return text
