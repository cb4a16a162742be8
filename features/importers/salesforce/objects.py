"""The files of a Salesforce export, one per object."""

from __future__ import annotations

from features.importers.objects import ExportShape, ObjectSpec

_STAMPS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")


def _object(
    name: str,
    table: str,
    needed: tuple[str, ...],
    read: tuple[str, ...] = (),
    without: str = "",
    *,
    required: bool = False,
) -> ObjectSpec:
    """Describe an object; every one has stamps and may have deleted records, and of the leads all is read."""
    return ObjectSpec(
        name, table, needed, (*read, "IsDeleted"), without, required, every_column=required, stamps=_STAMPS
    )


OBJECTS = (
    _object(
        "Lead",
        "leads",
        ("Id", "CreatedDate", "ConvertedOpportunityId"),
        (
            *("MasterRecordId", "IsConverted", "ConvertedDate", "ConvertedContactId", "ConvertedAccountId"),
            *("Email", "Website", "Company", "Status"),
        ),
        required=True,
    ),
    _object(
        "LeadHistory",
        "attributes",
        ("LeadId", "Field", "OldValue", "NewValue", "CreatedDate"),
        without="attributes have only their value on the day of export, and sales' verdicts are unknown",
    ),
    _object(
        "Opportunity",
        "opportunities",
        ("Id", "CreatedDate"),
        ("AccountId", "CloseDate", "Type", "IsWon", "IsClosed", "Amount"),
        without="an opportunity counts from the end of the day of conversion",
    ),
    _object(
        "OpportunityContactRole",
        "opportunities",
        ("OpportunityId", "ContactId"),
        without="an opportunity opened after conversion, for the contact, is not seen as the lead's",
    ),
    _object(
        "CampaignMember",
        "events",
        ("CampaignId", "CreatedDate"),
        ("Id", "LeadId", "ContactId", "Status", "HasResponded", "FirstRespondedDate"),
        without="campaigns are unknown",
    ),
    _object("Campaign", "events", ("Id",), ("Name", "Type"), without="campaigns have neither name nor type"),
    _object(
        "Task",
        "events",
        ("Id", "WhoId", "CreatedDate"),
        (
            "ActivityDate",
            "CompletedDateTime",
            "Status",
            "Type",
            "TaskSubtype",
            "CallDurationInSeconds",
            "IsClosed",
        ),
        without="calls, e-mails and tracked visits are unknown",
    ),
    _object(
        "Event",
        "events",
        ("Id", "WhoId"),
        ("StartDateTime", "ActivityDateTime", "ActivityDate", "Type"),
        without="meetings are unknown",
    ),
    _object(
        "EmailMessage",
        "events",
        ("Id", "MessageDate"),
        ("RelatedToId", "ActivityId", "FromAddress", "ToAddress", "Incoming", "FirstOpenedDate"),
        without="e-mails count only as far as they have tasks, and their opening is unknown",
    ),
    _object(
        "Account",
        "leads",
        ("Id",),
        ("Website",),
        without="only accounts that a lead was converted to are matched with opportunities",
    ),
    _object(
        "Contact",
        "leads",
        ("Id",),
        ("MasterRecordId",),
        without="merged contacts are not followed to the one left",
    ),
)

SHAPE = ExportShape(
    "sf", OBJECTS, "export it with Data Loader (Export All), the file named after the object, as in Lead.csv"
)
