"""Which fields of Lead become attributes, and which must not, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.errors import DataError, did_you_mean
from features.importers.fields import Choice, LeadField
from features.importers.sql import snake_case

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


STANDARD = (
    LeadField("Title", "title"),
    LeadField("Industry", "industry"),
    LeadField("NumberOfEmployees", "employees"),
    LeadField("AnnualRevenue", "annual_revenue"),
    LeadField("Country", "country"),
    LeadField("State", "state"),
    LeadField("City", "city"),
    LeadField("LeadSource", "lead_source"),
    LeadField("HasOptedOutOfEmail", "opted_out", "lower(blank_to_null({}))"),
    # Neither the address nor the number itself: they name a person and tell nothing more.
    LeadField("Email", "email_kind", "email_kind({})"),
    LeadField("Phone", "has_phone", "CASE WHEN blank_to_null({}) IS NULL THEN 'false' ELSE 'true' END"),
)

_OUTCOME = "tells the outcome"
_EXPORT = "as of the export"
_SALES = "filled in by sales at work on the lead"
_PERSON = "names or reaches a person"

#: Fields that are never attributes, with the reason. Unlike other fields they cannot be taken on request.
REFUSED = {
    **dict.fromkeys(("Status", "Rating", "IsConverted", "ConvertedDate", "ConvertedAccountId"), _OUTCOME),
    **dict.fromkeys(("ConvertedContactId", "ConvertedOpportunityId"), _OUTCOME),
    **dict.fromkeys(("LastActivityDate", "LastModifiedDate", "LastModifiedById", "SystemModstamp"), _EXPORT),
    **dict.fromkeys(("LastViewedDate", "LastReferencedDate", "LastTransferDate"), _EXPORT),
    **dict.fromkeys(("OwnerId", "IsUnreadByOwner", "FirstCallDateTime", "FirstEmailDateTime"), _SALES),
    **dict.fromkeys(("ActivityMetricId", "ActivityMetricRollupId", "EmailBouncedDate"), _SALES),
    "EmailBouncedReason": _SALES,
    "ScoreIntelligenceId": "a score, not a fact",
    **dict.fromkeys(("Name", "FirstName", "LastName", "MiddleName", "Salutation", "Suffix"), _PERSON),
    **dict.fromkeys(("MobilePhone", "Fax", "Street", "PhotoUrl", "IndividualId", "Address"), _PERSON),
}

#: Fields that the import uses for something else than attributes.
_STRUCTURE = ("Id", "CreatedDate", "IsDeleted", "MasterRecordId", "Company", "Website", "Email", "Phone")


def choose_fields(columns: Iterable[str], take: Iterable[str], path: Path) -> Choice:
    """Sort the columns of Lead into taken, refused and left.

    Raises
    ------
    DataError
        ``take`` names a column that is refused or not there.

    """
    given = {column.casefold(): column for column in columns}
    refused = {name.casefold(): reason for name, reason in REFUSED.items()}
    taken = [each for each in STANDARD if each.field.casefold() in given]
    for name in take:
        if name.casefold() in refused:
            raise DataError(f"{path}: {name} cannot be taken: it {_sentence(refused[name.casefold()])}")
        if name.casefold() not in given:
            raise DataError(f"{path}: has no column {name!r} to take; {did_you_mean(name, given.values())}")
        if name.casefold() not in {each.field.casefold() for each in taken}:
            taken.append(_custom(given[name.casefold()], {each.name for each in taken}))
    return Choice.of(given.values(), taken, REFUSED, _STRUCTURE)


def _sentence(reason: str) -> str:
    return reason if reason.startswith(("tells", "names")) else f"is {reason}"


def _custom(field: str, used: set[str]) -> LeadField:
    """Name the attribute after the field, without the ending of custom fields unless another has that name.

    >>> _custom("Company_Size__c", set()).name, _custom("Industry__c", {"industry"}).name
    ('company_size', 'industry_c')
    """
    short = snake_case(field.removesuffix("__c"))
    return LeadField(field, snake_case(field) if short in used else short)
