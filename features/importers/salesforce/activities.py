"""What leads did and what was done to them: campaign members, tasks and meetings.

Each is found by the lead's id and by the id of the contact that the lead became. By the lead's id alone, the
leads that were converted, and only those, would seem never to have done anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.importers.sql import text

if TYPE_CHECKING:
    from features.facts.staging import Staging

# Each of these gives an activity a row: its own id, whom it names, times as text that the common checks read, and
# in ``omitted`` why it is left out, where it is.
_MEMBERS = """
    SELECT 'member:' || coalesce(sf_id(m."Id"), sf_id(m."CampaignId") || ':'
            || coalesce(sf_id(m."LeadId"), sf_id(m."ContactId"))) AS event_id,
        sf_id(m."LeadId") AS who_id, sf_id(m."ContactId") AS other_id,
        coalesce(snake(c."Type"), 'campaign') AS kind, m."CreatedDate" AS "at", m."CreatedDate" AS known_at,
        'campaign' AS channel, coalesce(blank_to_null(c."Name"), sf_id(m."CampaignId")) AS campaign,
        NULL::VARCHAR AS value, m._source, m._row,
        CASE WHEN is_true(m."IsDeleted") THEN 'deleted campaign members' END AS omitted,
        is_true(m."HasResponded") AS responded, blank_to_null(m."FirstRespondedDate") AS responded_on,
        snake(m."Status") AS status, later(m."LastModifiedDate", m."SystemModstamp") AS modified
    FROM sf_campaignmember m
    LEFT JOIN (SELECT DISTINCT ON (sf_id("Id")) sf_id("Id") AS id, "Name", "Type" FROM sf_campaign) c
    ON c.id = sf_id(m."CampaignId")"""

# A date: known at the end of that day, or when the export was made, if that was on the same day.
_RESPONSES = """
    SELECT 'response' || substr(event_id, 7) AS event_id, who_id, other_id, kind || '_responded' AS kind,
        within(responded_on, {until}) AS "at", within(responded_on, {until}) AS known_at,
        channel, campaign, value, _source, _row,
        CASE WHEN responded_on IS NULL THEN 'campaign responses without a date' END AS omitted
    FROM members WHERE omitted IS NULL AND responded"""

# Status is as of the export, and nothing in it tells when it came to be. It was in force at the latest from the
# record's last change on, and from the response on where that was the last change. Conversion changes the record
# too, so that the status of a member who was converted since is not known before.
_STATUSES = """
    SELECT 'status' || substr(event_id, 7) AS event_id, who_id, other_id, kind || '_' || status AS kind,
        within(responded_on, {until}) AS "at", later(within(responded_on, {until}), modified) AS known_at,
        channel, campaign, value, _source, _row, NULL::VARCHAR AS omitted
    FROM members WHERE omitted IS NULL AND responded AND responded_on IS NOT NULL
        AND status IS NOT NULL AND status <> 'responded' AND instant(modified) IS NOT NULL"""

# An e-mail of Enhanced Email: the address tells whose it is where no lead is named. Each has a task, too.
_EMAILS = """
    SELECT 'email:' || sf_id(m."Id") || e.suffix AS event_id,
        coalesce(sf_id(m."RelatedToId"), a.lead_id) AS who_id, a.lead_id AS other_id, e.kind, e.at AS "at",
        later(e.at, CASE WHEN e.suffix = '' THEN m."CreatedDate" END) AS known_at, 'email' AS channel,
        NULL::VARCHAR AS campaign, NULL::VARCHAR AS value, m._source, m._row,
        CASE WHEN is_true(m."IsDeleted") THEN 'deleted e-mails'
            WHEN e.suffix = '' AND t.id IS NOT NULL THEN 'e-mails that have a task' END AS omitted
    FROM sf_emailmessage m
    CROSS JOIN LATERAL (
        SELECT '' AS suffix, CASE WHEN is_true(m."Incoming") THEN 'email_received' ELSE 'email_sent' END AS kind,
            coalesce(blank_to_null(m."MessageDate"), m."CreatedDate") AS at
        UNION ALL
        SELECT ':open', 'email_opened', moment(m."FirstOpenedDate")
        WHERE blank_to_null(m."FirstOpenedDate") IS NOT NULL) e
    LEFT JOIN (SELECT DISTINCT sf_id("Id") AS id FROM sf_task) t ON t.id = sf_id(m."ActivityId")
    LEFT JOIN (SELECT lower(trim("Email")) AS address, arg_min(sf_id("Id"), "CreatedDate") AS lead_id FROM sf_lead
        WHERE NOT is_true("IsDeleted") AND blank_to_null("Email") IS NOT NULL GROUP BY 1) a
    ON a.address = lower(trim(CASE WHEN is_true(m."Incoming") THEN m."FromAddress" ELSE m."ToAddress" END))"""

# A task's ActivityDate is the day it is due, so it serves only where there is no other time at all.
_TASKS = """
    SELECT 'task:' || sf_id("Id") AS event_id, sf_id("WhoId") AS who_id, NULL::VARCHAR AS other_id, kind,
        coalesce(blank_to_null("CompletedDateTime"), blank_to_null("CreatedDate"), moment("ActivityDate")) AS "at",
        later("at", "CreatedDate") AS known_at, 'task' AS channel, NULL::VARCHAR AS campaign,
        "CallDurationInSeconds" AS value, _source, _row,
        CASE WHEN is_true("IsDeleted") THEN 'deleted tasks'
            WHEN NOT is_true("IsClosed") AND lower(trim(coalesce("Status", ''))) <> 'completed' THEN 'open tasks'
            END AS omitted
    FROM sf_task JOIN task_kinds
    ON "Type" IS NOT DISTINCT FROM given AND "TaskSubtype" IS NOT DISTINCT FROM given_subtype"""

# There are few types and many tasks: words are made of the types once each.
_TASK_KINDS = """
    SELECT "Type" AS given, "TaskSubtype" AS given_subtype,
        coalesce(snake("Type"), snake("TaskSubtype"), 'task') AS kind FROM sf_task GROUP BY 1, 2"""

_MEETINGS = """
    SELECT 'event:' || sf_id("Id") AS event_id, sf_id("WhoId") AS who_id, NULL::VARCHAR AS other_id,
        coalesce(snake("Type"), 'meeting') AS kind,
        coalesce(blank_to_null("StartDateTime"), blank_to_null("ActivityDateTime"), moment("ActivityDate"))
            AS "at",
        later("at", "CreatedDate") AS known_at, 'event' AS channel, NULL::VARCHAR AS campaign,
        NULL::VARCHAR AS value, _source, _row,
        CASE WHEN is_true("IsDeleted") THEN 'deleted meetings' END AS omitted
    FROM sf_event"""


def stage_activities(staging: Staging, observed_until: str) -> None:
    """Stage campaign members and their responses, tasks that are done, and meetings that have begun."""
    staging.connection.execute(f"CREATE OR REPLACE TABLE members AS {_MEMBERS}")
    staging.connection.execute(f"CREATE OR REPLACE TABLE task_kinds AS {_TASK_KINDS}")
    sources = {
        "campaign members": "SELECT * EXCLUDE (responded, responded_on, status, modified) FROM members",
        "campaign responses": _RESPONSES.format(until=text(observed_until)),
        "campaign statuses": _STATUSES.format(until=text(observed_until)),
        "tasks": _TASKS,
        "meetings": _MEETINGS,
        "e-mails": _EMAILS,
    }
    staging.connection.execute(
        """CREATE OR REPLACE TEMP TABLE found_times (lead_id VARCHAR, "at" VARCHAR, via VARCHAR)"""
    )
    counts = {"lead": 0, "contact": 0, "merged": 0}
    for what, select in sources.items():
        for via, rows in _stage_found(staging, what, select, observed_until).items():
            counts[via] += rows
    _note_statuses(staging)
    staging.note(
        f"Activities found by the lead's id: {counts['lead']}; by the id of the contact that it became: "
        f"{counts['contact']}; by the id of a lead merged into it: {counts['merged']}."
    )


def _note_statuses(staging: Staging) -> None:
    """Tell how many campaign statuses have a time of their own, and how many only their last change."""
    known, later, undated = staging.rows(
        """SELECT count(*) FILTER (WHERE instant(modified)::DATE <= instant(responded_on)::DATE),
            count(*) FILTER (WHERE instant(modified)::DATE > instant(responded_on)::DATE),
            count(*) FILTER (WHERE instant(modified) IS NULL)
        FROM members WHERE omitted IS NULL AND responded AND responded_on IS NOT NULL
            AND status IS NOT NULL AND status <> 'responded'"""
    )[0]
    if known + later + undated:
        staging.note(
            f"Statuses of campaign members: {known} in force since the day of the response; {later} known only "
            "from the record's last change on, which conversion is too; "
            f"{undated} without that time, left as responses."
        )


def _stage_found(staging: Staging, what: str, select: str, observed_until: str) -> dict[str, int]:
    """Stage the activities of leads, count the others; return how many were found by which kind of id."""
    time = "coalesce(at_time, TIMESTAMPTZ '-infinity')"
    within = f"{time} >= {{0}}.since AND {time} <= {{0}}.until"
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE found AS
        WITH activities AS (SELECT *, instant("at") AS at_time FROM ({select})),
        matched AS (
            SELECT a.*, coalesce(p.lead_id, o.lead_id) AS lead_id, coalesce(p.via, o.via) AS via,
                coalesce(p.known_from, o.known_from) AS known_from,
                CASE WHEN known_at = "at" THEN at_time ELSE instant(known_at) END AS known_time
            FROM activities a LEFT JOIN people p ON p.who_id = a.who_id AND {within.format("p")}
            LEFT JOIN people o ON o.who_id = a.other_id AND p.lead_id IS NULL AND {within.format("o")}
        )
        SELECT * EXCLUDE (who_id, other_id, at_time, known_time, known_from, omitted)
            REPLACE (CASE WHEN known_from > known_time THEN known_from::VARCHAR ELSE known_at END AS known_at),
            CASE
            WHEN omitted IS NOT NULL THEN omitted
            WHEN lead_id IS NULL THEN {text(f"{what} of people who are not leads")}
            WHEN greatest(known_time, known_from) > TIMESTAMPTZ {text(observed_until)}
                THEN {text(f"{what} later than the export")}
            END AS omitted
        FROM matched"""
    )
    counts = staging.rows("SELECT omitted, via, count(*) FROM found GROUP BY ALL")
    for omitted, _, rows in counts:
        if omitted is not None:
            staging.skip(omitted, rows)
    staging.connection.execute(
        """INSERT INTO found_times SELECT lead_id, "at", via FROM found WHERE omitted IS NULL"""
    )
    staging.stage("events", "SELECT * EXCLUDE (via, omitted) FROM found WHERE omitted IS NULL")
    return {via: rows for omitted, via, rows in counts if omitted is None}
