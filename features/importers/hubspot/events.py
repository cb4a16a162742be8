"""What contacts did and what was done to them: forms, marketing e-mail, and engagements of sales.

HubSpot's counters (page views, visits, opens) are as of the export and are rebuilt from these, never read. Visits
to pages are in no export, so nothing is known of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.importers.hubspot.stages import form_kind
from features.importers.sql import text, texts

if TYPE_CHECKING:
    from features.facts.staging import Staging
    from features.importers.hubspot.stages import Stages

# Each of these gives an event a row: a key that overlapping slices share, its own id, whose it is, times as text
# that the common checks read, and in ``omitted`` why it is left out, where it is.
_FORMS = """
    SELECT coalesce(blank_to_null(conversion_id), concat_ws(':', hs_id(contact_id), form_id, "timestamp")) AS key,
        'form:' || key AS event_id, hs_id(contact_id) AS who_id, {kind} AS kind,
        hs_time("timestamp") AS "at", hs_time("timestamp") AS known_at, 'form' AS channel,
        coalesce(blank_to_null(title), blank_to_null(form_id)) AS campaign, NULL::VARCHAR AS value, _source, _row,
        CASE WHEN is_true(archived) THEN 'deleted form submissions' END AS omitted
    FROM hs_form_submissions"""

_MAILS = """
    SELECT coalesce(hs_id(hs_object_id), concat_ws(':', type, created, recipient, email_campaign_id)) AS key,
        'email:' || key AS event_id, mail_address(recipient) AS who_id, 'email_' || snake(type) AS kind,
        hs_time(created) AS "at", hs_time(created) AS known_at, 'email' AS channel,
        hs_id(email_campaign_id) AS campaign, NULL::VARCHAR AS value, _source, _row,
        CASE WHEN is_true(filtered_event) THEN 'e-mail events that HubSpot filtered out itself'
            WHEN snake(type) IN ({server}) THEN 'e-mail events of the mail server' END AS omitted
    FROM hs_email_events"""

# A task's timestamp is the day that it is due, so only its completion or its creation says when it was.
_ENGAGEMENTS = """
    SELECT hs_id(e.hs_object_id) || ':' || coalesce(k.contact_id, '') AS key, 'engagement:' || key AS event_id,
        k.contact_id AS who_id, snake(type) AS kind,
        CASE WHEN snake(type) = 'task' THEN coalesce(hs_time(completion_date), hs_time(createdate))
            ELSE hs_time("timestamp") END AS "at",
        later("at", hs_time(createdate)) AS known_at, 'sales' AS channel, NULL::VARCHAR AS campaign,
        CASE WHEN TRY_CAST(duration AS DOUBLE) IS NULL THEN duration
            ELSE (duration::DOUBLE / 1000)::VARCHAR END AS value, e._source, e._row,
        CASE WHEN is_true(e.archived) THEN 'deleted engagements'
            WHEN snake(type) <> 'task' THEN NULL
            WHEN snake(status) <> 'completed' THEN 'tasks that are not done'
            WHEN "at" IS NULL THEN 'tasks of which only the due date is known' END AS omitted
    FROM hs_engagements e LEFT JOIN engagement_links k ON k.engagement_id = hs_id(e.hs_object_id)"""

_LINKS = """
    SELECT DISTINCT engagement_id, contact_id FROM (
        SELECT hs_id(engagement_id) AS engagement_id, hs_id(contact_id) AS contact_id FROM hs_engagement_contact
        WHERE NOT is_true(archived)
        UNION ALL SELECT hs_id(hs_object_id), hs_id(contact_id) FROM hs_engagements
        UNION ALL SELECT hs_id(hs_object_id), hs_id(unnest(hs_list(associated_contact_ids))) FROM hs_engagements
        WHERE associated_contact_ids IS NOT NULL
    ) WHERE engagement_id IS NOT NULL AND contact_id IS NOT NULL"""

#: What a mail server does on its way; nobody did anything.
_SERVER = ("processed", "deferred")
#: Types that HubSpot's documentation and its warehouse copies name.
_KNOWN_MAIL = (
    *("sent", "delivered", "open", "click", "bounce", "deferred", "dropped", "forward", "print", "spamreport"),
    *("statuschange", "processed"),
)
_KNOWN_ENGAGEMENTS = ("note", "email", "task", "meeting", "call", "incoming_email", "forwarded_email")


def stage_events(staging: Staging, observed_until: str, stages: Stages) -> None:
    """Stage form submissions, e-mail events by the address they went to, and engagements that have taken place."""
    _addresses(staging)
    staging.connection.execute(f"CREATE OR REPLACE TABLE engagement_links AS {_LINKS}")
    by_id = "people p ON p.who_id = a.who_id"
    sources = {
        "form submissions": (_FORMS.format(kind=form_kind(stages)), by_id),
        "e-mail events": (
            _MAILS.format(server=texts(_SERVER)),
            "addresses p ON p.address = a.who_id",
        ),
        "engagements": (_ENGAGEMENTS, by_id),
    }
    for what, (select, join) in sources.items():
        _stage_found(staging, what, select, join, observed_until)
    _note_types(staging, "e-mail event", "hs_email_events", _KNOWN_MAIL)
    _note_types(staging, "engagement", "hs_engagements", _KNOWN_ENGAGEMENTS)


def _addresses(staging: Staging) -> None:
    """Make ``addresses``: whose each is, by the present one first, then by further ones, then by former ones."""
    staging.connection.execute(
        """CREATE OR REPLACE TABLE addresses AS
        SELECT address, arg_min(lead_id, (rank, lead_id)) AS lead_id, NULL::TIMESTAMPTZ AS merged_at,
            CASE min(rank) WHEN 1 THEN 'own' WHEN 2 THEN 'further' ELSE 'former' END AS via FROM (
            SELECT email AS address, lead_id, 1 AS rank FROM lead_book
            UNION ALL
            SELECT mail_address(unnest(hs_list(hs_additional_emails))), b.lead_id, 2
            FROM hs_contacts c JOIN lead_book b ON b._source = c._source AND b._row = c._row
            WHERE hs_additional_emails IS NOT NULL
            UNION ALL
            SELECT mail_address(new), id, 3 FROM contacts_changes WHERE field = 'email'
        ) WHERE address IS NOT NULL GROUP BY address"""
    )


def _stage_found(staging: Staging, what: str, select: str, join: str, observed_until: str) -> None:
    """Stage the events of contacts; count those left out, by reason, and say how the others were matched."""
    staging.connection.execute(f"CREATE OR REPLACE TEMP VIEW event_rows AS {select}")
    rows, keys = staging.rows("SELECT count(*), count(DISTINCT key) FROM event_rows WHERE key IS NOT NULL")[0]
    if rows > keys:
        staging.skip(f"{what} that stand more than once in the export", rows - keys)
        once = "QUALIFY key IS NULL OR row_number() OVER (PARTITION BY key ORDER BY _source, _row) = 1"
        staging.connection.execute(f"CREATE OR REPLACE TEMP TABLE event_once AS SELECT * FROM event_rows {once}")
    source = "event_once" if rows > keys else "event_rows"
    staging.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE found AS
        WITH matched AS (
            SELECT a.* EXCLUDE (key, who_id, known_at), lead_id, via,
                CASE WHEN merged_at > instant(known_at) THEN merged_at::VARCHAR ELSE known_at END AS known_at
            FROM {source} a LEFT JOIN {join}
        )
        SELECT * EXCLUDE (omitted), CASE
            WHEN omitted IS NOT NULL THEN omitted
            WHEN lead_id IS NULL THEN {text(f"{what} of nobody in the export")}
            WHEN greatest(instant(known_at), instant("at")) > TIMESTAMPTZ {text(observed_until)}
                THEN {text(f"{what} later than the export")} END AS omitted
        FROM matched"""
    )
    staging.connection.execute("DROP TABLE IF EXISTS event_once")
    found = staging.rows("SELECT omitted, via, count(*) FROM found GROUP BY ALL")
    for omitted, _, count in found:
        if omitted is not None:
            staging.skip(omitted, count)
    staging.stage("events", "SELECT * EXCLUDE (via, omitted) FROM found WHERE omitted IS NULL")
    staging.connection.execute("DROP TABLE found")
    _note_matched(staging, what, {via: count for omitted, via, count in found if omitted is None})


def _note_matched(staging: Staging, what: str, counts: dict[str, int]) -> None:
    words = {
        "own": "by the contact's own id" if what != "e-mail events" else "by the present address",
        "merged": "by the id of a contact merged into it",
        "further": "by a further address",
        "former": "by a former address",
    }
    if counts:
        listed = ", ".join(f"{counts[via]} {words[via]}" for via in words if via in counts)
        staging.note(f"{what[0].upper()}{what[1:]} found: {listed}.")


def _note_types(staging: Staging, what: str, relation: str, known: tuple[str, ...]) -> None:
    counts = staging.rows(
        f"""SELECT any_value(type), count(*) FROM {relation} WHERE snake(type) NOT IN ({texts(known)})
        GROUP BY snake(type) ORDER BY 2 DESC, 1"""
    )
    if counts:
        listed = ", ".join(f"{name} ({rows})" for name, rows in counts)
        staging.note(f"Types of {what} that are new to this importer, taken under their own names: {listed}.")
