"""Activity types of the simulated Marketo subscription, as ``/rest/v1/activities/types.json`` gives them."""

from __future__ import annotations

from typing import Any

VISIT, FORM, CLICK_LINK, SEND, DELIVERED, BOUNCED, UNSUBSCRIBE, OPEN, CLICK = 1, 2, 3, 6, 7, 8, 9, 10, 11
NEW_LEAD, CHANGE_VALUE, CONVERT, CHANGE_SCORE, DELETE_LEAD, MERGE = 12, 13, 21, 22, 29, 32
ADD_TO_OPPORTUNITY, SALES_EMAIL = 34, 39
WEBINAR, TRADE_SHOW, CALL, MEETING = 100001, 100002, 100003, 100004

#: In the export and not in the types file: a custom type that was made after the file was fetched.
UNKNOWN_TYPE = 100099

#: Deleted by the vendor after 90 days; New Lead stays, all others go after 25 months.
SHORT_KEPT = (VISIT, CLICK_LINK, CHANGE_VALUE, CHANGE_SCORE, SEND, DELIVERED)

# Id, name, primary attribute, further attributes with their data types.
_TYPES: tuple[tuple[int, str, str, tuple[tuple[str, str], ...]], ...] = (
    (VISIT, "Visit Webpage", "Webpage ID", (("Client IP Address", "string"), ("Webpage URL", "string"))),
    (FORM, "Fill Out Form", "Webform ID", (("Referrer URL", "string"), ("Webpage ID", "integer"))),
    (CLICK_LINK, "Click Link", "Link ID", (("Webpage ID", "integer"),)),
    (SEND, "Send Email", "Mailing ID", (("Campaign Run ID", "integer"),)),
    (DELIVERED, "Email Delivered", "Mailing ID", (("Campaign Run ID", "integer"),)),
    (BOUNCED, "Email Bounced", "Mailing ID", (("Category", "string"),)),
    (UNSUBSCRIBE, "Unsubscribe Email", "Mailing ID", (("Webform ID", "integer"),)),
    (OPEN, "Open Email", "Mailing ID", (("Platform", "string"), ("Is Mobile Device", "boolean"))),
    (CLICK, "Click Email", "Mailing ID", (("Link", "string"), ("Is Mobile Device", "boolean"))),
    (NEW_LEAD, "New Lead", "Person ID", (("Source Type", "string"),)),
    (CHANGE_VALUE, "Change Data Value", "Attribute Name", (("New Value", "string"), ("Old Value", "string"))),
    (CONVERT, "Convert Lead", "Assigned Owner ID", (("SFDC Opportunity ID", "string"),)),
    (CHANGE_SCORE, "Change Score", "Score Name", (("New Value", "integer"), ("Old Value", "integer"))),
    (DELETE_LEAD, "Delete Lead", "Lead ID", (("Reason", "string"),)),
    (MERGE, "Merge Leads", "Lead ID", (("Merge IDs", "string"), ("Merge Source", "string"))),
    (ADD_TO_OPPORTUNITY, "Add to Opportunity", "Opportunity ID", (("Role", "string"), ("Is Primary", "boolean"))),
    (SALES_EMAIL, "Send Sales Email", "Artifact ID", (("Source", "string"),)),
    (WEBINAR, "Attend Webinar", "Webinar", ()),
    (TRADE_SHOW, "Visit Trade Show", "Trade Show", ()),
    (CALL, "Sales Call", "Subject", (("Seconds", "integer"),)),
    (MEETING, "Sales Meeting", "Subject", ()),
)


def types_file() -> dict[str, Any]:
    """Return the content of ``activity_types.json``."""
    result = [
        {
            "id": number,
            "name": name,
            "description": name,
            "primaryAttribute": {"name": primary, "dataType": "integer" if primary.endswith("ID") else "string"},
            "attributes": [{"name": attribute, "dataType": kind} for attribute, kind in attributes],
        }
        for number, name, primary, attributes in _TYPES
    ]
    return {"requestId": "1#simulated", "success": True, "result": result}
