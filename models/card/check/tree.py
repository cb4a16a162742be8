"""A card's YAML as content and as nodes that know their lines, with every fault that its text has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from features.yaml_files import PlainLoader
from models.card.check.fault import Fault
from models.card.letters import hidden_letter
from models.card.words import either

if TYPE_CHECKING:
    from models.card.check.fault import Path

#: Deeper than any card; what nests further was not written by hand.
_DEEPEST = 40
#: More values than any card holds.
_LARGEST = 5_000_000
_ANCHOR = re.compile(r"(?:^|[\s\[{,])&([^\s,\[\]{}]+)", re.MULTILINE)
#: The only key whose text may have lines and tabs.
_LONG_TEXT = "note"
_PLAIN = "tag:yaml.org,2002:"
_NUMBERS = {f"{_PLAIN}int", f"{_PLAIN}float"}
#: Numbers that read as they look: not 012, which is 10 in YAML, and not 1:30, which is 90.
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)?(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")
_SCALARS = {*_NUMBERS, f"{_PLAIN}str", f"{_PLAIN}null"}


@dataclass
class Tree:
    """The content of a card's file, its top node, and what is wrong with the text itself.

    ``content`` is None where the text is no YAML at all.
    """

    content: Any = None
    top: yaml.Node | None = None
    faults: list[Fault] = field(default_factory=list)

    def place(self, path: Path, *, on_key: bool = False) -> tuple[int, int]:
        """Return line and column of what stands at a path, as far as it leads; of its key where ``on_key``."""
        node, mark = self.top, self.top.start_mark if self.top is not None else None
        for number, part in enumerate(path):
            found = _child(node, part)
            if found is None:
                break
            key, node = found
            mark = key.start_mark if on_key and number == len(path) - 1 else node.start_mark
        return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)

    def written(self, path: Path) -> str | None:
        """Return a plain number at a path as it is written; None where no plain number stands there."""
        node = self.top
        for part in path:
            found = _child(node, part)
            if found is None:
                return None
            node = found[1]
        return node.value if isinstance(node, yaml.ScalarNode) and node.tag in _NUMBERS else None

    def add(self, node: yaml.Node, what: str, hint: str | None = None) -> None:
        """Note an error of the text at a node."""
        self.faults.append(Fault(node.start_mark.line + 1, node.start_mark.column + 1, "error", what, hint))


def read_tree(text: str) -> Tree:
    """Return what a card's text holds; never raises."""
    tree = Tree()
    try:
        tree.top = PlainLoader(text).get_single_node()
    except yaml.YAMLError as error:
        tree.faults.append(_unreadable(error, text))
        return tree
    except (RecursionError, ValueError, OverflowError):
        tree.faults.append(Fault(1, 1, "error", "is nested too deeply, or otherwise no YAML that can be read"))
        return tree
    if tree.top is None:
        return tree
    size = _size(tree.top, {})
    if size > _LARGEST:
        named = either([f"&{name}" for name in dict.fromkeys(_ANCHOR.findall(text))][:6], "and")
        what = f"its aliases make {size:.1e} values of it: {named}; a card has some hundreds"
        tree.faults.append(Fault(1, 1, "error", what, "write the values out, without & and *"))
        return tree
    tree.content = _Builder(tree).build(tree.top, 0)
    return tree


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """Return how many values a node holds with every alias written out; one that refers to itself counts once."""
    if id(node) not in known:
        known[id(node)] = 1
        inside: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            inside = [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            inside = node.value
        known[id(node)] = 1 + sum(_size(part, known) for part in inside)
    return known[id(node)]


class _Builder:
    """Turns nodes into lists, mappings and plain values, each node once, and notes what cannot be turned."""

    def __init__(self, tree: Tree) -> None:
        self._tree, self._loader = tree, PlainLoader("")
        self._done: dict[int, Any] = {}
        self._open: set[int] = set()

    def build(self, node: yaml.Node, depth: int, *, lines: bool = False) -> Any:  # noqa: ANN401 - whatever it holds
        if id(node) in self._done:
            return self._done[id(node)]
        if id(node) in self._open:
            self._tree.add(node, "refers to itself")
            return None
        if depth > _DEEPEST:
            self._tree.add(node, "is nested too deeply")
            return None
        self._open.add(id(node))
        if isinstance(node, yaml.MappingNode):
            built: Any = self._mapping(node, depth)
        elif isinstance(node, yaml.SequenceNode):
            built = [self.build(child, depth + 1) for child in node.value]
        elif node.tag == f"{_PLAIN}merge":
            self._tree.add(node, "<< has a meaning of its own in YAML", 'write "<<"')
            built = None
        else:
            built = self._scalar(node)
            hidden = hidden_letter(built, lines=lines) if isinstance(built, str) else None
            if hidden is not None:
                self._tree.add(node, f"holds {hidden}", "take it out")
        self._open.discard(id(node))
        self._done[id(node)] = built
        return built

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str | int, Any]:
        built: dict[str | int, Any] = {}
        for key, value in node.value:
            name = self._scalar(key) if isinstance(key, yaml.ScalarNode) else None
            if isinstance(name, float) or not isinstance(name, str | int):
                self._tree.add(key, "a key must be plain text")
            elif key.tag == f"{_PLAIN}merge":
                self._tree.add(key, "a card takes no merge key <<", "write the keys out")
            elif name in built:
                self._tree.add(key, f"the key {name!r} stands twice", "keep one of the two")
            else:
                built[name] = self.build(value, depth + 1, lines=name == _LONG_TEXT)
        return built

    def _scalar(self, node: yaml.Node) -> Any:  # noqa: ANN401 - whatever the text holds
        if node.tag == f"{_PLAIN}merge" and node.value == "<<":
            return "<<"
        if node.tag not in _SCALARS:
            if node.tag == f"{_PLAIN}value":
                self._tree.add(node, "= has a meaning of its own in YAML", 'write "="')
                return None
            self._tree.add(node, f"a card takes no tag {node.tag.replace(_PLAIN, '!!')}", "leave the tag out")
            return None
        try:
            value = self._loader.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError, OverflowError):
            self._tree.add(node, f"{_short(node.value)} is not the number that its tag or its looks say")
            return None
        if isinstance(value, str) and any(0xD800 <= ord(letter) <= 0xDFFF for letter in value):
            self._tree.add(node, "holds half a character", "write the character itself instead of an escape")
            return None
        if node.tag in _NUMBERS and not _DECIMAL.fullmatch(node.value):
            hint = f'write "{_short(node.value)}" where a text is meant'
            self._tree.add(node, f"YAML reads {_short(node.value)} as the number {value}", hint)
        return value


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}..."


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def _unreadable(error: yaml.YAMLError, text: str) -> Fault:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        problem = getattr(error, "problem", None) or getattr(error, "context", None) or "something unexpected"
        return Fault(mark.line + 1, mark.column + 1, "error", f"is not YAML: {problem}", _advice(problem))
    position = getattr(error, "position", 0)
    before = text[:position] if isinstance(position, int) else ""
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    code = getattr(error, "character", None)
    seen = f" (#x{code:04x})" if isinstance(code, int) else ""
    return Fault(line, column, "error", f"holds a character that YAML does not allow{seen}", "delete it")


def _advice(problem: str) -> str | None:
    for said, advice in _ADVICE.items():
        if said in problem:
            return advice
    return None


_ADVICE = {
    "\\t": "indent with blanks, not with tabs",
    "mapping values are not allowed": 'a text with a colon needs quotes: "..."; or the line is indented too far',
    "expected <block end>": "lines of one block must begin in the same column",
    "could not find expected ':'": "each key needs a colon and a blank after it",
    "expected ',' or": "a bracket or brace that was opened is not closed, or a comma is missing",
    "unexpected end of stream": "a quote that was opened is not closed",
    "undefined alias": "a text that begins with * needs quotes",
    "found another document": "a card is one document: take out the line ---",
    "but found another document": "a card is one document: take out the line ---",
    "cannot start any token": "a text that begins so needs quotes",
}
