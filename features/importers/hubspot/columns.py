"""One name for each property, however the export spells it.

The same property comes as ``jobtitle`` from the API, as ``property_jobtitle`` in a warehouse copy, and as
``Job Title`` from the export button.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# What the export button calls a property, in snake_case, and warehouse names, where they differ from its own.
_EVERYWHERE = {
    **dict.fromkeys(("record_id", "id", "vid"), "hs_object_id"),
    **dict.fromkeys(("is_deleted", "_fivetran_deleted", "deleted"), "archived"),
    "merged_object_ids": "hs_merged_object_ids",
    **dict.fromkeys(("create_date", "createdate_timestamp"), "createdate"),
    **dict.fromkeys(("last_modified_date", "hs_lastmodifieddate"), "lastmodifieddate"),
    "annual_revenue": "annualrevenue",
    "country_region": "country",
    "state_region": "state",
    "website_url": "website",
}
_OF_OBJECT = {
    "contacts": {
        "canonical_vid": "hs_object_id",
        "job_title": "jobtitle",
        "number_of_employees": "numemployees",
        "company_name": "company",
        **dict.fromkeys(("primary_associated_company_id", "associated_company_id"), "associatedcompanyid"),
        "associated_company_ids": "associatedcompanyid",
        "lifecycle_stage": "lifecyclestage",
        "lead_status": "hs_lead_status",
        "additional_email_addresses": "hs_additional_emails",
        "merged_vids_with_timestamps_of_a_merge": "hs_calculated_merged_vids",
        "calculated_merged_vids": "hs_calculated_merged_vids",
        "original_source": "hs_analytics_source",
        "original_traffic_source": "hs_analytics_source",
        "persona": "hs_persona",
        "seniority": "hs_seniority",
        "role": "hs_role",
        "phone_number": "phone",
        "unsubscribed_from_all_email": "hs_email_optout",
        "became_an_opportunity_date": "hs_lifecyclestage_opportunity_date",
        "number_of_associated_deals": "num_associated_deals",
        "hubspot_score": "hubspotscore",
    },
    "companies": {
        "company_id": "hs_object_id",
        "company_domain_name": "domain",
        "number_of_employees": "numberofemployees",
        "company_name": "name",
    },
    "deals": {
        "deal_id": "hs_object_id",
        "close_date": "closedate",
        "deal_type": "dealtype",
        "deal_stage": "dealstage",
        "deal_pipeline_id": "pipeline",
        "deal_pipeline_stage_id": "dealstage",
        "is_closed_won": "hs_is_closed_won",
        "is_deal_closed": "hs_is_closed",
        "is_closed": "hs_is_closed",
        "is_won": "hs_is_closed_won",
        "is_deal_deleted": "archived",
    },
    "deal_pipelines": {"hs_object_id": "pipeline_id", "name": "label"},
    "form_submissions": {"page_title": "title", "submitted_at": "timestamp"},
    "engagements": {
        "engagement_id": "hs_object_id",
        "hs_timestamp": "timestamp",
        "activity_date": "timestamp",
        "hs_createdate": "createdate",
        "created_at": "createdate",
        "engagement_type": "type",
        "hs_engagement_type": "type",
        "task_status": "status",
        "hs_task_status": "status",
        "hs_task_completion_date": "completion_date",
        "hs_call_duration": "duration",
        "duration_milliseconds": "duration",
        "call_duration": "duration",
    },
    "email_events": {"email": "recipient", "event_type": "type"},
}


def internal_name(table: str, header: str) -> str:
    """Return the property that a header of a table means; what is not known comes back in snake_case.

    >>> internal_name("contacts", "Job Title"), internal_name("contacts", "property_jobtitle")
    ('jobtitle', 'jobtitle')
    >>> internal_name("companies", "Number of Employees"), internal_name("contacts", "Budget (EUR)")
    ('numberofemployees', 'budget_eur')
    """
    plain = re.sub(r"[^\w]+", "_", header.strip().lower()).removeprefix("property_")
    plain = plain if plain.startswith("_") else plain.strip("_")
    own = _OF_OBJECT.get(table, {})
    shared = _EVERYWHERE.get(plain, plain)
    return own.get(plain, own.get(shared, shared))


def renamer(table: str) -> Callable[[str], str]:
    """Return :func:`internal_name` for one table."""
    return partial(internal_name, table)
