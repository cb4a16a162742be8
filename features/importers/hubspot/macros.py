"""SQL that the parts of this importer share: ids, times as HubSpot writes them, e-mail addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from features.errors import ConfigError
from features.importers.sql import text

if TYPE_CHECKING:
    from features.facts.staging import Staging

# A time without an offset, as the export button writes it: 2025-03-01 10:00.
BARE = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$"
_MILLISECONDS = r"^\d{12,13}$"


def add_hubspot_macros(staging: Staging, timezone: str | None) -> None:
    """Define ``hs_id``, ``hs_time``, ``hs_instant``, ``hs_list`` and ``mail_address``.

    ``timezone`` is that of times without an offset; without it they are read as UTC. What cannot be read stays as
    it came, for the common checks to reject.

    Raises
    ------
    ConfigError
        There is no such time zone.

    """
    macros = (
        # Ids went through a spreadsheet once too often: 151.0 is 151.
        r"hs_id(text) AS nullif(regexp_replace(trim(text), '\.0$', ''), '')",
        f"hs_time(text) AS CASE length(trim(text)) WHEN 0 THEN NULL {_cases(timezone)} ELSE trim(text) END",
        "hs_instant(text) AS instant(hs_time(text))",
        "hs_list(text) AS string_split(regexp_replace(coalesce(text, ''), '[,|]', ';', 'g'), ';')",
        """mail_address(text) AS nullif(lower(trim(CASE WHEN contains(text, '<')
            THEN regexp_extract(text, '<([^>]*)>', 1) ELSE text END)), '')""",
    )
    for macro in macros:
        staging.connection.execute(f"CREATE OR REPLACE MACRO {macro}")


def _cases(timezone: str | None) -> str:
    # By length first: it tells the few spellings apart at almost no cost.
    since_1970 = f"""CASE WHEN regexp_full_match(trim(text), '{_MILLISECONDS}')
        THEN make_timestamptz(trim(text)::BIGINT * 1000)::VARCHAR ELSE trim(text) END"""
    day, cases = "day_end(text)", ""
    if timezone is not None:
        zone = text(_known(timezone))
        day = f"timezone({zone}, timezone('UTC', day_end(text)))"
        local = f"""CASE WHEN regexp_full_match(trim(text), '{BARE}')
            THEN timezone({zone}, TRY_CAST(text AS TIMESTAMP))::VARCHAR ELSE trim(text) END"""
        cases = " ".join(f"WHEN {length} THEN {local}" for length in (16, 19, 23, 26))
    return f"""WHEN 10 THEN coalesce({day}::VARCHAR, text)
        WHEN 12 THEN {since_1970} WHEN 13 THEN {since_1970} {cases}"""


def _known(timezone: str) -> str:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"timezone: {timezone!r} is not the name of a time zone; expected one such as Europe/Berlin"
        raise ConfigError(message) from error
    return timezone


def note_bare_times(staging: Staging, timezone: str | None) -> None:
    """Say how times of contacts and deals without an offset were read."""
    bare = sum(
        staging.count(relation, f"regexp_full_match(trim(createdate), '{BARE}')")
        for relation in ("hs_contacts", "hs_deals")
    )
    if bare:
        how = f"read as times of {timezone}" if timezone else "read as UTC; name the account's own with --timezone"
        staging.note(f"Creation times without an offset: {bare}, {how}.")
