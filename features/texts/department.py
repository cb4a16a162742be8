"""The department that a job title names; the words are in ``lexicon/department.yaml``."""

from __future__ import annotations

from functools import cache

from features.texts.lexicons import lexicon
from features.texts.phrases import Phrases
from features.texts.titles import parts_of

DEPARTMENTS = (
    *("general_management", "operations", "procurement", "technology", "engineering", "research", "product"),
    *("design", "marketing", "sales", "support", "finance", "legal", "people", "consulting", "education"),
    *("healthcare", "administration"),
)
#: The lexicon's blocks, the most telling first.
_BLOCKS = ("fields", "roles", "chiefs", "company", "office")
#: These name whom an assistant works for, not what the assistant does.
_OF_THE_BOSS = ("chiefs", "company")


def department(title: str) -> str | None:
    """Return the department that a job title names, one of ``DEPARTMENTS``; None where it names none.

    >>> department("Sr. Mgr, Ops"), department("CTO/Co-Founder"), department("Leiter Einkauf")
    ('operations', 'technology', 'procurement')
    >>> department("Executive Assistant"), department("Project Manager") is None
    ('administration', True)
    """
    best = (len(_BLOCKS), "")
    for part in parts_of(title):
        for hit in _phrases().find(part.words):
            block, name = hit.meaning
            if name and _BLOCKS.index(block) < best[0] and not (part.assistant and block in _OF_THE_BOSS):
                best = (_BLOCKS.index(block), name)
    return best[1] or None


@cache
def _phrases() -> Phrases[tuple[str, str]]:
    content = lexicon("department")
    groups = {("none", ""): content["none"]}
    for block in _BLOCKS:
        groups |= {(block, name): phrases for name, phrases in content[block].items()}
    return Phrases(groups)
