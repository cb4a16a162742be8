"""Which properties become attributes, and which must not, each with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from features.errors import DataError, did_you_mean
from features.importers.sql import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Property:
    """A property, the attribute it becomes, and the SQL that makes the one of the other (``{}`` is the property).

    ``history_only`` ones are rewritten later on, so their value on the day of export is not taken.
    """

    field: str
    name: str
    value: str = "blank_to_null({})"
    history_only: bool = False


#: Of contacts, about the person.
PERSON = (
    Property("jobtitle", "title"),
    Property("hs_seniority", "seniority"),
    Property("hs_role", "role"),
    Property("hs_persona", "persona"),
    Property("country", "country"),
    Property("state", "state"),
    Property("city", "city"),
    Property("company_size", "company_size"),
    # Not HubSpot's own, but so common that those who have one mean this by it.
    Property("lead_source", "lead_source"),
    Property("hs_analytics_source", "original_source", history_only=True),
    Property("hs_email_optout", "opted_out", "lower(blank_to_null({}))", history_only=True),
    # Neither the address nor the number itself: they name a person and tell nothing more.
    Property("email", "email_kind", "CASE WHEN blank_to_null({0}) IS NOT NULL THEN email_kind({0}) END"),
    Property("phone", "has_phone", "CASE WHEN blank_to_null({}) IS NOT NULL THEN 'true' END", history_only=True),
)

#: Of companies, where the contact's property of the same meaning is another.
COMPANY = (Property("country", "country"), Property("state", "state"), Property("city", "city"))

_NUMBER = "CASE WHEN TRY_CAST(trim({0}) AS DOUBLE) IS NOT NULL THEN trim({0}) END"


@dataclass(frozen=True)
class Firmographic:
    """One fact of a company that both records hold, maybe under two names. ``agrees`` is SQL over both values."""

    name: str
    contact: str
    company: str
    value: str = "blank_to_null({})"
    agrees: str = "snake({0}) = snake({1})"


FIRMOGRAPHICS = (
    Firmographic("industry", "industry", "industry"),
    Firmographic(
        "employees",
        "numemployees",
        "numberofemployees",
        _NUMBER,
        # The contact's property is a list to choose from: 25-50, 1000+.
        r"""CASE WHEN regexp_full_match(trim({0}), '\d+ *- *\d+')
            THEN {1}::DOUBLE BETWEEN split_part({0}, '-', 1)::DOUBLE AND split_part({0}, '-', 2)::DOUBLE
            WHEN regexp_full_match(trim({0}), '\d+ *\+') THEN {1}::DOUBLE >= rtrim(trim({0}), ' +')::DOUBLE
            ELSE coalesce(TRY_CAST({0} AS DOUBLE) = {1}::DOUBLE, false) END""",
    ),
    Firmographic(
        "annual_revenue",
        "annualrevenue",
        "annualrevenue",
        _NUMBER,
        "coalesce(TRY_CAST({0} AS DOUBLE) = {1}::DOUBLE, false)",
    ),
)

#: What a contact chose from HubSpot's own list of sizes: no number, and so an attribute of its own.
EMPLOYEES_RANGE = Property(
    "numemployees",
    "employees_range",
    "CASE WHEN TRY_CAST(trim({0}) AS DOUBLE) IS NULL THEN blank_to_null({0}) END",
)

_OUTCOME = "tells the outcome"
_DATE = "is cleared when the stage is moved back, and tells the outcome"
_EXPORT = "counts or stamps as of the export"
_SALES = "is filled in by sales at work on the contact"
_SCORE = "is a score, not a fact; for past points replay the card"
_PERSON = "names or reaches a person"
_LATER = "is rewritten later on: taken only where its history is in the export"

#: Patterns of properties that are never attributes, with the reason; they cannot be taken on request.
REFUSED = (
    (r"hubspotscore|hs_predictive\w*|hs_predictivecontactscore\w*|.*_score|score|hs_contact_score\w*", _SCORE),
    (r"hs_lifecyclestage_\w+_date|hs_date_(entered|exited)_\w+|hs_v2_\w+|hs_time_(in|between)_\w+", _DATE),
    (r"hs_latest_time_in_\w+|hs_cumulative_time_in_\w+|became_a\w*_date", _DATE),
    (r"lifecyclestage|hs_lead_status|hs_pipeline|first_deal_created_date|num_associated_deals", _OUTCOME),
    (
        r"hs_num_associated_\w+|days_to_close|closedate\w*|recent_deal_\w+|total_revenue|hs_analytics_revenue",
        _OUTCOME,
    ),
    (r"hs_is_(closed|won)\w*|hs_deal_\w+|associated_deals?\w*|hs_num_open_deals|hs_total_deal_value", _OUTCOME),
    (
        r"hs_analytics_(?!source$)\w*|hs_latest_source\w*|num_conversion_events|num_unique_conversion_events",
        _EXPORT,
    ),
    (r"(first|recent)_conversion_\w+|hs_(sales_)?email_\w*(last|first|open|click|repl|send|bounce)\w*", _EXPORT),
    (r"hs_email_(delivered|sends_since\w*|quarantined\w*)|hs_social_\w+|hs_feedback_\w+|hs_last_\w+", _EXPORT),
    (r"lastmodifieddate|hs_lastmodifieddate|notes_\w+|num_notes|num_contacted_notes|engagements_\w+", _EXPORT),
    (r"hs_latest_\w+|last_\w*|number_of_\w*(views|visits|sessions|clicks|times)\w*|hs_count_\w+|num_\w+", _EXPORT),
    (r"hubspot_owner_\w+|hubspot_team_id|hs_all_\w+|hs_user_ids\w*|owneremail|ownername|contact_owner", _SALES),
    (r"hs_first_engagement_\w+|hs_time_to_\w+|hs_sa_\w+|hs_sales_\w+|hs_sequences_\w+|hs_is_unworked", _SALES),
    (r"firstname|lastname|first_name|last_name|salutation|mobilephone|fax|address\w*|hs_full_name\w*", _PERSON),
    (
        r"hs_calculated_phone\w*|hs_searchable_\w+|hs_email_domain|work_email|twitterhandle|ip_\w+|date_of_birth",
        _PERSON,
    ),
)

#: Properties that the import uses for something else than attributes.
_STRUCTURE = (
    *(
        "hs_object_id",
        "createdate",
        "archived",
        "company",
        "website",
        "associatedcompanyid",
        "hs_additional_emails",
    ),
    *("hs_calculated_merged_vids", "hs_merged_object_ids", "numemployees", "industry", "annualrevenue"),
)


@dataclass(frozen=True)
class Choice:
    """The properties taken, those refused (by reason), and those left for the user to name."""

    taken: tuple[Property, ...]
    refused: dict[str, list[str]] = field(default_factory=dict)
    left: tuple[str, ...] = ()


def why_refused(name: str) -> str | None:
    """Return why a property can never be an attribute, None where it can.

    >>> why_refused("hubspotscore")
    'is a score, not a fact; for past points replay the card'
    >>> why_refused("jobtitle")
    """
    plain = name.lower()
    if plain in {"num_employees", "numemployees"}:
        return None
    return next((reason for pattern, reason in REFUSED if re.fullmatch(pattern, plain)), None)


def choose_properties(columns: Iterable[str], tracked: Iterable[str], take: Iterable[str], path: Path) -> Choice:
    """Sort the contacts' columns into taken, refused and left; ``tracked`` ones have a history in the export.

    Raises
    ------
    DataError
        ``take`` names a column that is refused or not there.

    """
    given = {column.casefold(): column for column in columns}
    with_history = set(tracked)
    taken = [each for each in PERSON if _usable(each, given, with_history)]
    late = [each.field for each in PERSON if each.field in given and not _usable(each, given, with_history)]
    for name in (snake_case(each) for each in take):
        reason = why_refused(name) or (_LATER if name in late else None)
        if reason is not None:
            raise DataError(f"{path}: {name} cannot be taken: it {reason}")
        if name not in given:
            raise DataError(f"{path}: has no column {name!r} to take; {did_you_mean(name, given.values())}")
        if name not in {each.field for each in taken}:
            taken.append(Property(name, name))
    refused: dict[str, list[str]] = {_LATER: late} if late else {}
    for key, column in given.items():
        why = why_refused(key)
        if why is not None:
            refused.setdefault(why, []).append(column)
    used = {each.field for each in taken} | set(_STRUCTURE) | set(late)
    left = tuple(column for key, column in given.items() if key not in used and why_refused(key) is None)
    return Choice(tuple(taken), refused, left)


def _usable(each: Property, given: dict[str, str], with_history: set[str]) -> bool:
    return each.field in with_history if each.history_only else each.field in given or each.field in with_history
