"""The rank that a job title claims; the words are in ``lexicon/seniority.yaml``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from features.texts.lexicons import lexicon
from features.texts.phrases import Found, Phrases
from features.texts.titles import Part, listed, parts_of
from features.texts.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from features.texts.words import Words

#: From lowest to highest. "senior" is long experience without a team; "manager" leads people or says so.
SENIORITIES = (
    *("student", "junior", "individual", "senior", "manager"),
    *("director", "vice_president", "executive", "owner"),
)
_RANK = {name: position for position, name in enumerate(SENIORITIES)}
_INDIVIDUAL, _SENIOR, _MANAGER = _RANK["individual"], _RANK["senior"], _RANK["manager"]


#: Keys of the lexicon that list phrases by level, and keys that list phrases alone; the first mention stands.
_BY_LEVEL = ("anywhere", "last", "alone")
_LISTS = ("no_rank", "beginners", "offices", "raises", "lowers", "lowers_roles")


class _Sign(NamedTuple):
    """What a phrase is: ``use`` is a key of the lexicon; under ``anywhere`` and ``last`` it has a level."""

    use: str
    level: str = ""


def seniority(title: str) -> str | None:
    """Return the highest rank that a job title names, one of ``SENIORITIES``; None where it names none.

    >>> seniority("Sr. Mgr, Ops"), seniority("VP-Sales"), seniority("Leiter Einkauf")
    ('manager', 'vice_president', 'director')
    >>> seniority("Assistant to the CEO"), seniority("Account Executive"), seniority("Product Owner")
    ('individual', 'individual', 'individual')
    >>> seniority("Marketing") is None, seniority("n/a") is None
    (True, True)
    """
    ranks = [(part, rank) for part in parts_of(title) if (rank := _rank_of(part)) is not None]
    if not ranks:
        return None
    highest = max(rank for _, rank in ranks)
    if highest <= _MANAGER:
        # "Product Manager, Intern" and "Engineer (Junior)": a beginner's part speaks for the whole title.
        humble = [rank for _, rank in ranks if rank < _INDIVIDUAL]
        highest = min(humble, default=highest)
    return SENIORITIES[highest]


def _rank_of(part: Part) -> int | None:
    found = _signs().find(part.words)
    if _is_beginners(part, found):
        return _RANK["student"]
    uses = {hit.meaning.use for hit in found}
    if part.assistant:
        rank: int | None = _INDIVIDUAL
    else:
        meant = (_meant(hit, part, found) for hit in _of_this_person(found))
        rank = max((one for one in meant if one is not None), default=None)
    return _shifted(rank, uses)


def _shifted(rank: int | None, uses: set[str]) -> int | None:
    """Return the rank as words like "senior" and "junior" change it."""
    if "lowers" in uses and (rank is None or rank <= _MANAGER):
        return _RANK["junior"]
    if "lowers_roles" in uses and (rank is None or rank <= _SENIOR):
        return _RANK["junior"]
    if "raises" in uses and (rank is None or rank <= _INDIVIDUAL):
        return _SENIOR
    return rank


def _is_beginners(part: Part, found: list[Found[_Sign]]) -> bool:
    """Tell "Product Manager Intern" and "Praktikant Marketing" from a director who trains apprentices."""
    places = [hit for hit in found if hit.meaning.use == "beginners"]
    if not places:
        return False
    leads = any(hit.meaning.use == "anywhere" and _RANK[hit.meaning.level] >= _MANAGER for hit in found)
    return not leads or places[0].start == 0 or places[-1].end == len(part.words)


def _of_this_person(found: list[Found[_Sign]]) -> Iterable[Found[_Sign]]:
    """Give what comes before "office of": the rank behind it is somebody else's."""
    for hit in found:
        if hit.meaning.use == "offices":
            return
        yield hit


def _meant(hit: Found[_Sign], part: Part, found: list[Found[_Sign]]) -> int | None:
    """Return the rank that one phrase stands for at its place, None where it is no rank there."""
    following = part.words[hit.end] if hit.end < len(part.words) else None
    if following == "'s":  # "the president's ..."
        return None
    if hit.meaning.use == "roles":
        return _INDIVIDUAL
    if hit.meaning.use == "anywhere":
        over_a_role = part.words[hit.start : hit.end] in _words_under("over_a_role") and _role_at(hit.end, found)
        return _MANAGER if over_a_role else _RANK[hit.meaning.level]
    if hit.end - hit.start == len(part.words) and (level := _alone().get(part.words)):
        return _RANK[level]
    return _meant_by_place(hit, part, following) if hit.meaning.use == "last" else None


def _meant_by_place(hit: Found[_Sign], part: Part, following: str | None) -> int | None:
    """Return the rank of a word that has it only at the end: "Tech Lead", not "Lead Developer"."""
    if following is None or following in listed("links"):
        return _RANK[hit.meaning.level]
    return _SENIOR if part.words[hit.start : hit.end] in _words_under("first") else None


def _role_at(place: int, found: list[Found[_Sign]]) -> bool:
    return any(
        hit.start == place and (hit.meaning.use == "roles" or hit.meaning.level == "individual") for hit in found
    )


@cache
def _signs() -> Phrases[_Sign]:
    content = lexicon("seniority")
    groups: dict[_Sign, list[str]] = {_Sign(use): content[use] for use in _LISTS}
    for use in _BY_LEVEL:
        groups |= {_Sign(use, level): phrases for level, phrases in content[use].items()}
    groups[_Sign("roles")] = [*content["roles"], *content["role_endings"]]
    return Phrases(groups)


@cache
def _alone() -> dict[Words, str]:
    levels = lexicon("seniority")["alone"]
    return {words_of(phrase): level for level, phrases in levels.items() for phrase in phrases}


@cache
def _words_under(key: str) -> frozenset[Words]:
    return frozenset(words_of(word) for word in lexicon("seniority")[key])
