"""Where in a caller's record something stands: ``properties.jobtitle``, ``orders[0].date``, ``fields["a.b"]``."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Keys of objects and places in lists, from the record inwards.
Path: TypeAlias = tuple[str | int, ...]
#: The keys that a mapping looks at, each with those inside it; an empty one is taken as a whole.
KeyTree: TypeAlias = dict[str, "KeyTree"]

_PART = re.compile(r'(?P<dot>\.)?(?P<key>[^\s.\[\]"][^.\[\]"]*)|\[(?P<index>[0-9]{1,6})\]|\["(?P<quoted>[^"]+)"\]')


class Missing:
    """That nothing stands at a path, which is not the same as an empty value."""


MISSING: Final = Missing()


@cache
def parse_path(text: str) -> Path:
    """Return the parts of a path; raises ValueError for what is none.

    >>> parse_path("orders[0].orderDate"), parse_path('custom["a.b"]')
    (('orders', 0, 'orderDate'), ('custom', 'a.b'))
    """
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        # A key needs a dot before it, but for the first one; and what begins with a bracket leads nowhere.
        if match is None or (match["key"] is not None) is not bool(match["dot"] or (match["key"] and not parts)):
            break
        if match["dot"] and not parts:
            break
        if match["index"] is not None:
            if not parts:
                break
            parts.append(int(match["index"]))
        else:
            parts.append(match["key"] or match["quoted"])
        position = match.end()
    if not parts or position < len(text):
        raise ValueError(f'{text[:60]!r} is no path; write it as properties.jobtitle, orders[0].date or ["a.b"]')
    return tuple(parts)


def look_up(record: Any, path: Path) -> Any:  # noqa: ANN401 - any JSON
    """Return what stands at a path, MISSING where the record does not lead there."""
    for part in path:
        if type(record) is dict and type(part) is str:
            record = record.get(part, MISSING)
        elif type(record) is list and type(part) is int and part < len(record):
            record = record[part]
        else:
            return MISSING
    return record


def key_tree(paths: Iterable[Path]) -> KeyTree:
    """Return the keys on the way to all of ``paths``; what is inside lists is not told apart.

    >>> key_tree([("id",), ("properties", "title"), ("properties", "industry")])
    {'id': {}, 'properties': {'title': {}, 'industry': {}}}
    """
    tree: KeyTree = {}
    for path in paths:
        at = tree
        for part in path:
            if not isinstance(part, str):
                break
            at = at.setdefault(part, {})
    return tree


def count_ignored(record: Any, tree: KeyTree) -> int:  # noqa: ANN401 - any JSON
    """Return how many keys of a record no path goes by.

    >>> count_ignored({"id": 1, "x": 2, "fields": {"title": 3, "y": 4}}, {"id": {}, "fields": {"title": {}}})
    2
    """
    if type(record) is not dict or not tree:
        return 0
    known = [key for key in record if key in tree]
    return len(record) - len(known) + sum(count_ignored(record[key], tree[key]) for key in known)
