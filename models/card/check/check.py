"""All layers of the check in one go: the text, each key on its own, what it means, and what data know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import ConfigError
from models.card.card import PointCard
from models.card.check.against_data import data_findings
from models.card.check.agreement import agreement_findings
from models.card.check.between_rules import rules_findings
from models.card.check.draft import read_draft
from models.card.check.fault import Fault
from models.card.check.reach import reach_findings
from models.card.check.tree import read_tree
from models.card.letters import plain_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from features.facts import Dataset
    from features.language import Profile
    from models.card.check.draft import Draft
    from models.card.check.fault import Finding
    from models.card.check.tree import Tree

_KINDS: dict[type, str] = {list: "a list", str: "plain text", int: "a whole number", float: "a number"}
_MANUAL = "models/cards/b2b_example.yaml is the manual of the format"


def check_card(
    text_or_path: str | Path, profile: Profile | None = None, dataset: Dataset | None = None
) -> list[Fault]:
    """Return every fault of a card, sorted by line and column; an empty list is a card without fault.

    A ``str`` is the card's text, a ``Path`` its file. With a ``profile`` the rules are held against the attributes
    and event kinds of data, and with a ``dataset`` against its values too.

    Raises
    ------
    ConfigError
        The file is not there or cannot be read; what it holds is never a reason.

    """
    if isinstance(text_or_path, Path):
        try:
            raw = text_or_path.read_bytes()
        except FileNotFoundError as error:
            raise ConfigError(
                f"{text_or_path}: no such file; expected a point card in YAML", hint=_MANUAL
            ) from error
        except IsADirectoryError as error:
            raise ConfigError(
                f"{text_or_path}: is a folder; expected a point card in YAML", hint=_MANUAL
            ) from error
        except OSError as error:
            raise ConfigError(f"{text_or_path}: cannot be read: {error.strerror}", hint=_MANUAL) from error
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            return [_not_utf8(raw, error.start)]
    else:
        text = text_or_path.removeprefix("\ufeff")
    return _check(text, profile, dataset)


def _check(text: str, profile: Profile | None, dataset: Dataset | None) -> list[Fault]:
    tree = read_tree(text)
    if not isinstance(tree.content, dict) or not tree.content:
        if tree.faults:
            return sorted(tree.faults, key=_order)
        seen = "is empty" if not tree.content else f"holds {_KINDS.get(type(tree.content), 'no keys')}"
        return [Fault(1, 1, "error", f"{seen}; expected a point card in YAML", _MANUAL)]
    draft = read_draft(tree)
    found = [*draft.findings, *_meaning(draft, tree)]
    if profile is None and dataset is not None:
        from features.language import profile_dataset  # noqa: PLC0415 - only where there are data

        profile = profile_dataset(dataset)
    if profile is not None:
        found += data_findings(draft, profile, dataset)
    # What the text itself has wrong is said once, there.
    said = {(fault.line, fault.column) for fault in tree.faults}
    found = [one for one in found if tree.place(one.path, on_key=one.on_key) not in said]
    faults = [Fault(*tree.place(one.path, on_key=one.on_key), one.severity, one.what, one.hint) for one in found]
    return sorted({*tree.faults, *faults}, key=_order)


def _meaning(draft: Draft, tree: Tree) -> Iterator[Finding]:
    yield from rules_findings(draft)
    yield from reach_findings(draft)
    card = None
    if draft.whole and not tree.faults:
        names = [plain_name(placed.rule.name) for placed in draft.rules]
        if names and len(set(names)) == len(names):
            card = PointCard.model_validate(tree.content)
    yield from agreement_findings(draft, card)


def _order(fault: Fault) -> tuple[int, int, str, str]:
    return fault.line, fault.column, fault.severity, fault.what


def _not_utf8(raw: bytes, position: int) -> Fault:
    before = raw[:position]
    line, column = before.count(b"\n") + 1, position - (before.rfind(b"\n") + 1) + 1
    return Fault(line, column, "error", "is not UTF-8 text", "save the file as UTF-8")
