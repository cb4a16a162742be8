"""Which fields of a Marketo lead become attributes, and which must not, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import DataError, did_you_mean
from features.importers.fields import Choice, LeadField
from features.importers.sql import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

STANDARD = (
    LeadField("title", "title", "{}"),
    LeadField("leadRole", "lead_role", "{}"),
    LeadField("department", "department", "{}"),
    LeadField("industry", "industry", "{}"),
    LeadField("sicCode", "sic_code", "{}"),
    LeadField("numberOfEmployees", "employees", "{}"),
    LeadField("annualRevenue", "annual_revenue", "{}"),
    LeadField("country", "country", "{}"),
    LeadField("state", "state", "{}"),
    LeadField("city", "city", "{}"),
    LeadField("leadSource", "lead_source", "{}"),
    # Neither the address nor the number itself: they name a person and tell nothing more.
    LeadField("email", "email_kind", "email_kind({})"),
    LeadField("phone", "has_phone", "CASE WHEN {} IS NULL THEN 'false' ELSE 'true' END"),
)

#: How Marketo's log of changes calls fields that it does not call by their REST name.
SHOWN = {
    "job_title": "title",
    "num_employees": "numberOfEmployees",
    "number_of_employees": "numberOfEmployees",
    "person_source": "leadSource",
    "role": "leadRole",
    "person_role": "leadRole",
    "email_address": "email",
    "phone_number": "phone",
    "sic_code": "sicCode",
}

_OUTCOME = "tells the outcome"
_EXPORT = "as of the export"
_SCORE = "a score as of the export, not a fact"
_GUESS = "a guess from the network address"
_PERSON = "names or reaches a person"
_EVENT = "as of the export; the activities say since when"

#: Fields that are never attributes, with the reason. Unlike other fields they cannot be taken on request.
REFUSED = {
    **dict.fromkeys(("leadScore", "relativeScore", "urgency", "priority", "relativeUrgency"), _SCORE),
    **dict.fromkeys(("personScore", "behaviorScore", "demographicScore", "leadScoreDemographic"), _SCORE),
    **dict.fromkeys(
        ("leadStatus", "rating", "personStatus", "leadRevenueStageId", "leadRevenueCycleModelId"), _OUTCOME
    ),
    **dict.fromkeys(("sfdcAccountId", "sfdcContactId", "sfdcType", "contactCompany"), _OUTCOME),
    **dict.fromkeys(("inferredCompany", "inferredCountry", "inferredCity", "inferredStateRegion"), _GUESS),
    **dict.fromkeys(("inferredMetropolitanArea", "inferredPostalCode", "inferredPhoneAreaCode"), _GUESS),
    **dict.fromkeys(("unsubscribed", "unsubscribedReason", "emailInvalid", "emailInvalidCause"), _EVENT),
    **dict.fromkeys(("emailSuspended", "emailSuspendedAt", "emailSuspendedCause", "blackListed"), _EVENT),
    **dict.fromkeys(("updatedAt", "lastReferredVisit", "lastReferredEnrollment", "leadOwnerId"), _EXPORT),
    **dict.fromkeys(("lastName", "firstName", "middleName", "salutation", "mobilePhone", "fax"), _PERSON),
    **dict.fromkeys(("address", "dateOfBirth", "cookies", "anonymousIP", "facebookId", "twitterId"), _PERSON),
}

#: Fields that the import uses for something else than attributes.
_STRUCTURE = ("id", "createdAt", "isAnonymous", "company", "website", "email", "phone")


def choose_fields(columns: Iterable[str], take: Iterable[str], path: Path) -> Choice:
    """Sort the columns of the lead files into taken, refused and left.

    Raises
    ------
    DataError
        ``take`` names a column that is refused or not there.

    """
    given = {column.casefold(): column for column in columns}
    refused = {name.casefold(): reason for name, reason in REFUSED.items()}
    taken = {each.field.casefold(): each for each in STANDARD if each.field.casefold() in given}
    for name in take:
        key = name.casefold()
        if key in refused:
            raise DataError(f"{path}: {name} cannot be taken: {refused[key]}")
        if key not in given:
            raise DataError(f"{path}: has no column {name!r} to take; {did_you_mean(name, given.values())}")
        if key in {"id", "createdat", "isanonymous"}:
            raise DataError(f"{path}: {name} cannot be taken: the import uses it for something else")
        taken.setdefault(key, LeadField(given[key], snake_case(given[key]), "{}"))
    return Choice.of(given.values(), taken.values(), REFUSED, _STRUCTURE)
