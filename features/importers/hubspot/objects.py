"""The files of a HubSpot export."""

from __future__ import annotations

from features.importers.hubspot.columns import renamer
from features.importers.objects import ExportShape, ObjectSpec

_CHANGED = ("createdate", "lastmodifieddate")
_HISTORY = ("name", "value", "timestamp")


def _object(
    name: str,
    table: str,
    needed: tuple[str, ...],
    read: tuple[str, ...] = (),
    stamps: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    **options: bool | str,
) -> ObjectSpec:
    """Describe a file; any of its records may be archived, and the export button names files in its own way."""
    button = (f"all-{name}", f"hubspot-crm-exports-all-{name}", f"hubspot-crm-exports-{name}")
    return ObjectSpec(
        name,
        table,
        needed,
        (*read, "archived"),
        stamps=stamps,
        aliases=(*aliases, *button),
        rename=renamer(name),
        **options,  # type: ignore[arg-type]
    )


OBJECTS = (
    _object(
        "contacts",
        "leads",
        ("hs_object_id", "createdate"),
        (
            *("email", "hs_additional_emails", "associatedcompanyid", "company", "website", "lifecyclestage"),
            *("hs_lead_status", "hs_calculated_merged_vids", "hs_merged_object_ids"),
            *("first_deal_created_date", "num_associated_deals", "hs_lifecyclestage_opportunity_date"),
        ),
        _CHANGED,
        ("contact",),
        required=True,
        every_column=True,
    ),
    _object(
        "contact_property_history",
        "attributes",
        ("contact_id", *_HISTORY),
        stamps=("timestamp",),
        aliases=("contacts_property_history",),
        without="properties of contacts have only their value on the day of export, so what sales said of leads "
        "is unknown and no date that was cleared can be counted",
    ),
    _object(
        "companies",
        "attributes",
        ("hs_object_id",),
        ("domain", "hs_merged_object_ids"),
        _CHANGED,
        ("company",),
        every_column=True,
        without="company properties are those that contacts wrote of themselves, and deals of a company alone "
        "have no account",
    ),
    _object(
        "company_property_history",
        "attributes",
        ("company_id", *_HISTORY),
        stamps=("timestamp",),
        aliases=("companies_property_history",),
        without="properties of companies have only their value on the day of export",
    ),
    _object(
        "deals",
        "opportunities",
        ("hs_object_id", "createdate"),
        (
            *("amount", "closedate", "pipeline", "dealstage", "dealtype", "hs_is_closed", "hs_is_closed_won"),
            *("hs_merged_object_ids", "associated_contact_ids", "associated_company_ids"),
        ),
        _CHANGED,
        ("deal",),
        without="the label is first_deal_created_date of the contacts, where they have it",
    ),
    _object(
        "deal_pipelines",
        "opportunities",
        ("pipeline_id", "label"),
        aliases=("deal_pipeline",),
        without="pipelines are known by what deals.csv calls them",
    ),
    _object(
        "deal_contact",
        "opportunities",
        ("deal_id", "contact_id"),
        aliases=("deal_contacts", "deals_contacts", "deal_contact_associations"),
        without="deals are a contact's only by the column Associated Contact IDs of deals.csv",
    ),
    _object(
        "deal_company",
        "opportunities",
        ("deal_id", "company_id"),
        aliases=("deal_companies", "deals_companies", "deal_company_associations"),
        without="deals are a company's only by the column Associated Company IDs of deals.csv",
    ),
    _object(
        "form_submissions",
        "events",
        ("contact_id", "timestamp"),
        ("form_id", "title", "page_url", "conversion_id"),
        ("timestamp",),
        ("form_submission", "contact_form_submission", "contact_form_submissions"),
        without="forms are unknown",
    ),
    _object(
        "email_events",
        "events",
        ("type", "created", "recipient"),
        ("hs_object_id", "email_campaign_id", "filtered_event"),
        ("created",),
        ("email_event",),
        without="marketing e-mail (sent, opened, clicked) is unknown",
    ),
    _object(
        "engagements",
        "events",
        ("hs_object_id", "type", "timestamp"),
        ("createdate", "status", "completion_date", "duration", "associated_contact_ids", "contact_id"),
        ("createdate", "lastmodifieddate"),
        ("engagement",),
        without="calls, meetings, notes, tasks and e-mails of sales are unknown",
    ),
    _object(
        "engagement_contact",
        "events",
        ("engagement_id", "contact_id"),
        aliases=("engagement_contacts", "engagements_contacts"),
        without="engagements are a contact's only by contact_id or Associated Contact IDs in engagements.csv",
    ),
)

SHAPE = ExportShape(
    "hs",
    OBJECTS,
    "export contacts with all properties as contacts.csv; docs/importers/hubspot.md lists every file",
    moment_sql="hs_instant",
)
