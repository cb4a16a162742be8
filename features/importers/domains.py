"""Telling companies apart without an account id: by domain, else by a name without its legal form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.importers.sql import text, texts
from features.texts.email_domain import education_pattern, free_mail

if TYPE_CHECKING:
    from features.facts.staging import Staging

#: Domains that name no company; the same list reads e-mail domains as features.
FREE_MAIL = free_mail()

#: Sites that hold pages of many companies: given as a website, they name none of them.
SHARED_SITES = (
    *("linkedin.com", "facebook.com", "twitter.com", "x.com", "instagram.com", "youtube.com", "github.com"),
    *("wordpress.com", "blogspot.com", "wixsite.com", "google.com", "sites.google.com", "medium.com", "n.a"),
)

LEGAL_FORMS = (
    *("inc", "incorporated", "llc", "llp", "lp", "ltd", "limited", "plc", "corp", "corporation", "co", "company"),
    *("gmbh", "ag", "kg", "ohg", "ug", "se", "ev", "mbh", "sa", "sas", "sarl", "sl", "spa", "srl", "bv", "nv"),
    *("ab", "as", "aps", "oy", "oyj", "asa", "kk", "pty", "pte", "pvt", "private", "bhd", "sdn", "doo", "zoo"),
)

#: What people write where they must write something.
NO_COMPANY = (
    *(
        "na",
        "n a",
        "none",
        "unknown",
        "not provided",
        "notprovided",
        "test",
        "self",
        "self employed",
        "selfemployed",
    ),
    *(
        "individual",
        "private",
        "personal",
        "freelance",
        "freelancer",
        "student",
        "home",
        "xxx",
        "abc",
        "no",
        "null",
    ),
    *("not available", "not applicable", "tbd", "nil", "no company", "company", "my company"),
)


def add_domain_macros(staging: Staging) -> None:
    """Define ``web_domain``, ``mail_domain``, ``email_kind``, ``company_name`` and ``account_of``."""
    forms = "|".join(LEGAL_FORMS)
    macros = (
        r"""host(text) AS nullif(regexp_extract(
            regexp_replace(lower(trim(text)), '^(([a-z]+:)?//)?([^@/]*@)?(www\d?\.)?', ''),
            '^[\p{L}0-9-]+(\.[\p{L}0-9-]+)+'), '')""",
        f"""web_domain(text) AS CASE
            WHEN host(text) NOT IN ({texts((*SHARED_SITES, *FREE_MAIL))}) THEN host(text) END""",
        r"""mail_host(text) AS CASE
            WHEN regexp_matches(trim(text), '^[^@\s]+@[^@\s]+\.[^@\s.]+$') THEN host(text) END""",
        f"mail_domain(text) AS CASE WHEN mail_host(text) NOT IN ({texts(FREE_MAIL)}) THEN mail_host(text) END",
        f"""email_kind(text) AS CASE WHEN mail_host(text) IS NULL THEN 'none'
            WHEN mail_host(text) IN ({texts(FREE_MAIL)}) THEN 'free'
            WHEN regexp_matches(mail_host(text), {text(education_pattern())}) THEN 'education'
            ELSE 'business' END""",
        r"""plain_name(text) AS trim(regexp_replace(regexp_replace(
            lower(strip_accents(text)), '[.''’]', '', 'g'), '[^\p{L}\p{N}]+', ' ', 'g'))""",
        rf"""company_name(text) AS CASE WHEN plain_name(text) IN ({texts(NO_COMPANY)}) THEN NULL
            ELSE nullif(regexp_replace(plain_name(text), '( (and|und|et|y|{forms}))+$', ''), '') END""",
        """account_of(website, email, company) AS coalesce('domain:' || web_domain(website),
            'domain:' || mail_domain(email), 'company:' || company_name(company))""",
    )
    for macro in macros:
        staging.connection.execute(f"CREATE OR REPLACE MACRO {macro}")
