"""What kind of domain an e-mail address has; the lists are in ``lexicon/email_domain.yaml``."""

from __future__ import annotations

import re
from functools import cache

from features.texts.lexicons import lexicon
from features.texts.plain import plain

EMAIL_DOMAIN_KINDS = ("business", "free", "education")

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_BEFORE_HOST = re.compile(r"^([a-z]+:)?(//)?([^@/]*@)?(www\d?\.)?")
_LABEL = re.compile(r"[^\W_]([\w-]*[^\W_])?")
_TOP_LABEL = re.compile(r"[^\W\d_]{2,}|xn--[a-z0-9-]+")


def email_domain_kind(text: str) -> str | None:
    """Return what the domain of an address, or a bare domain, is; None where the text is neither.

    >>> email_domain_kind("Ann@Acme.com"), email_domain_kind("gmail.com"), email_domain_kind("x@ox.ac.uk")
    ('business', 'free', 'education')
    >>> email_domain_kind("n/a") is None, email_domain_kind("ann at acme") is None
    (True, True)
    """
    domain = domain_of(text)
    if domain is None:
        return None
    if domain in _free_mail():
        return "free"
    return "education" if _education().search(domain) else "business"


def domain_of(text: str) -> str | None:
    """Return the domain of ``a@b.com``, ``Ann <a@b.com>``, ``mailto:a@b.com``, ``b.com`` or ``https://www.b.com/x``.

    >>> domain_of("Ann Lee <ann@Acme.co.uk>"), domain_of("https://www.acme.com/en"), domain_of("e.g.")
    ('acme.co.uk', 'acme.com', None)
    """
    bare = plain(text)
    if "<" in bare and bare.endswith(">"):
        bare = bare[bare.rindex("<") + 1 : -1].strip()
    bare = bare.removeprefix("mailto:")
    if " " in bare or ("@" in bare and "/" not in bare and not _ADDRESS.fullmatch(bare)):
        return None
    host = re.split(r"[:/?#]", _BEFORE_HOST.sub("", bare), maxsplit=1)[0].removesuffix(".")
    *labels, top = host.split(".")
    good = labels and all(_LABEL.fullmatch(label) for label in labels) and _TOP_LABEL.fullmatch(top)
    return host if good else None


@cache
def free_mail() -> tuple[str, ...]:
    """Return the domains that name no company, in the order of the lexicon."""
    content = lexicon("email_domain")
    return tuple(dict.fromkeys((*content["free"], *content["throwaway"], *content["examples"])))


@cache
def education_pattern() -> str:
    """Return the regular expression that finds a school's domain, for Python's and DuckDB's engines alike."""
    content = lexicon("email_domain")
    ends = [re.escape(end).replace(r"\?", "[a-z]") for end in content["education_ends"]]
    beginnings = [
        rf"{re.escape(start)}[^.]+\.({'|'.join(ends)})" for start, ends in content["education_beginnings"].items()
    ]
    domains = [re.escape(domain) for domain in content["education_domains"]]
    return rf"\.({'|'.join(ends)})$|(^|\.)({'|'.join([*beginnings, *domains])})$"


@cache
def _free_mail() -> frozenset[str]:
    return frozenset(free_mail())


@cache
def _education() -> re.Pattern[str]:
    return re.compile(education_pattern())
