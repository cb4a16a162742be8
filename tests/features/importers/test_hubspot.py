"""The HubSpot importer on a tiny export, value by value."""

from __future__ import annotations

import pytest

from features.errors import ConfigError, DataError
from features.importers import import_hubspot
from tests.features.importers.hubspot_files import FILES, STAGES


def write(folder, files):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def run(tmp_path, files=FILES, stages=STAGES, **options):
    if stages is not None:
        (tmp_path / "stages.yaml").write_text(stages)
        options["stages"] = tmp_path / "stages.yaml"
    return import_hubspot(write(tmp_path / "export", files), tmp_path / "out", **options)


def without(*names, **replaced):
    return {name: content for name, content in FILES.items() if name not in names} | replaced


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return run(tmp_path_factory.mktemp("hubspot"))


@pytest.fixture(scope="module")
def notes(dataset):
    return "\n".join(dataset.manifest.notes)


def rows(dataset, query):
    frame = dataset.query(query).astype(object)
    return list(frame.where(frame.notna(), None).itertuples(index=False, name=None))


def notes_of(dataset):
    return "\n".join(dataset.manifest.notes)


def test_nothing_is_rejected(dataset):
    assert dataset.manifest.rejected == {}


def test_contacts_left_and_their_accounts(dataset, notes):
    assert rows(dataset, "SELECT lead_id, account_id FROM leads ORDER BY 1") == [
        ("101", "hubspot:1"),
        ("102", "domain:beta.io"),
        ("103", "domain:gamma.com"),
        # No company of her own, but the domain of one.
        ("105", "hubspot:1"),
        ("106", "hubspot:2"),
        ("108", None),
    ]
    assert dataset.manifest.skipped["deleted contacts"] == 1
    assert "Accounts: 2 contacts by their associated company, 1 more by such a company's domain" in notes


def test_the_label_is_the_deal_by_association(dataset, notes):
    found = rows(
        dataset,
        """SELECT opportunity_id, lead_id, account_id, strftime(created_at, '%m-%d %H'), amount, won
        FROM opportunities ORDER BY 1""",
    )
    assert found == [
        ("501", "101", "hubspot:1", "02-01 10", 100.0, True),
        # Associated with a contact that was merged away; the date on the contact was cleared.
        ("502", "102", "domain:beta.io", "03-01 10", 50.0, None),
        ("503", "105", "hubspot:1", "03-05 10", 50.0, None),
        # A renewal, existing business, and a deal of a company alone are no contact's outcome.
        ("504", None, "hubspot:1", "04-01 10", 5.0, None),
        ("505", None, "hubspot:1", "04-02 10", 5.0, None),
        ("506", None, "hubspot:2", "04-03 10", 5.0, None),
    ]
    assert "count as a lead's outcome: Sales (5); that do not: Renewals (1); deals of existing business" in notes
    assert (
        "Of 5 deals that count, 3 belong to a contact (3 contacts have one) and 1 to a company alone; the 1"
        in notes
    )
    assert "Deals created before their contact: 1, kept as they came" in notes
    assert dataset.manifest.skipped["deleted deals"] == 1
    assert dataset.manifest.skipped["deals of neither a contact nor a company with contacts"] == 1


def test_the_opportunity_date_is_never_the_label(dataset, notes):
    assert rows(dataset, "SELECT count(*) FROM opportunities WHERE lead_id = '103'") == [(0,)]
    assert "that date and no deal that counts: 1, not positive; with a deal and no such date: 2, positive" in notes
    assert "Stage dates that were cleared though the stage was reached, by contacts: opportunity 2." in notes


def test_deals_that_the_export_lacks_are_told(notes):
    assert "Contacts that have deals by their own properties and none in the export: 1." in notes


def test_a_close_date_counts_only_of_a_closed_deal(dataset):
    # A bare date on the day of the export: closed by then.
    assert rows(
        dataset, "SELECT opportunity_id, closed_at::VARCHAR FROM opportunities WHERE closed_at NOT NULL"
    ) == [("501", "2025-06-30 12:00:00+00")]


def test_events_of_contacts_by_id_by_address_and_of_those_merged(dataset, notes):
    query = """SELECT lead_id, kind, strftime("at", '%m-%d %H:%M'), strftime(known_at, '%m-%d %H:%M'),
        channel, value FROM events ORDER BY lead_id, "at", kind"""
    assert rows(dataset, query) == [
        ("101", "webinar", "01-20 08:00", "01-20 08:00", "form", None),
        ("101", "email_snoozed", "01-25 06:30", "01-25 06:30", "email", None),
        ("101", "email_open", "01-25 08:00", "01-25 08:00", "email", None),
        ("101", "email_click", "01-25 09:00", "01-25 09:00", "email", None),
        # Written down ten minutes later: known from then on.
        ("101", "call", "01-26 08:00", "01-26 08:10", "sales", 60.0),
        # When it was done, not when it was due.
        ("101", "task", "02-03 08:00", "02-03 08:00", "sales", None),
        ("102", "demo_request", "01-21 08:00", "01-21 08:00", "form", None),
        # What a merged contact did is known of the one left from the merge on.
        ("102", "webinar", "01-22 08:00", "03-03 11:06", "form", None),
        # When 91 was merged is not on record.
        ("102", "webinar", "01-23 08:00", "01-23 08:00", "form", None),
        ("102", "email_sent", "01-25 07:00", "01-25 07:00", "email", None),
        # Planned on the 4th; it takes place on the 6th.
        ("102", "meeting", "02-06 08:00", "02-06 08:00", "sales", None),
        ("105", "call", "01-26 08:00", "01-26 08:10", "sales", 60.0),
    ]
    assert "Contacts merged into another: 3. What 2 of them did counts for the contact left" in notes
    assert "E-mail events found: 2 by the present address, 1 by a further address, 1 by a former address." in notes
    assert "new to this importer, taken under their own names: SNOOZED (1)" in notes


@pytest.mark.parametrize(
    "what",
    [
        "e-mail events of nobody in the export",
        "e-mail events of the mail server",
        "e-mail events that HubSpot filtered out itself",
        "engagements later than the export",
        "engagements of nobody in the export",
        "form submissions of nobody in the export",
        "form submissions that stand more than once in the export",
        "property history of contacts that are deleted, merged or unknown",
        "tasks that are not done",
    ],
)
def test_what_is_left_out_is_counted(dataset, what):
    assert dataset.manifest.skipped[what] == 1


def test_attributes_as_they_stood(dataset):
    query = """SELECT value, strftime(known_at, '%m-%d') FROM attributes
    WHERE name = '{}' AND entity_id = '{}' ORDER BY known_at"""
    assert rows(dataset, query.format("title", "101")) == [("Engineer", "01-10"), ("CEO", "02-20")]
    # Set only once the contact was there, by a stamp in milliseconds.
    assert rows(dataset, query.format("title", "102")) == [(None, "01-11"), ("CTO", "03-03")]
    assert rows(dataset, query.format("email_kind", "108")) == [("free", "01-17")]
    assert rows(dataset, query.format("city", "hubspot:1")) == [("Berlin", "01-10")]


def test_the_company_is_believed_before_the_contact(dataset, notes):
    query = """SELECT entity_id, value, strftime(known_at, '%m-%d') FROM attributes
    WHERE name = '{}' ORDER BY entity_id, known_at"""
    assert rows(dataset, query.format("employees")) == [
        ("101", "40", "02-01"),
        ("101", "60", "03-01"),
        ("105", "40", "02-01"),
        ("105", "60", "03-01"),
        ("106", "7", "01-15"),
        # No company says otherwise.
        ("108", "12", "01-17"),
    ]
    assert rows(dataset, query.format("employees_range")) == [("101", "25-50", "01-10")]
    assert (
        "told of 3 contacts by their company's record (numberofemployees), of 1 by their own (numemployees)"
        in notes
    )
    # 60 is not in 25-50, and 7 is 7; COMPUTER_SOFTWARE is Computer Software.
    assert "Both now say something of 2, and contradict each other for 1; the company's counts." in notes
    assert "Both now say something of 1, and contradict each other for 0; the company's counts." in notes


def test_properties_without_history_are_as_of_the_export(dataset):
    assert dataset.manifest.current_only == ["annual_revenue", "city", "country", "employees_range", "industry"]


def test_a_source_that_is_rewritten_is_taken_only_with_its_history(dataset, tmp_path):
    query = "SELECT entity_id, value FROM attributes WHERE name = 'original_source' ORDER BY known_at"
    assert rows(dataset, query) == [("102", "OFFLINE"), ("102", "DIRECT_TRAFFIC")]
    bare = run(tmp_path, without("contact_property_history.csv"), None)
    assert rows(bare, query) == []
    assert "hs_analytics_source, phone (is rewritten later on" in notes_of(bare).replace("phone, hs_", "hs_")


def test_what_was_refused_and_left_is_told(notes):
    refused = next(line for line in notes.splitlines() if line.startswith("Refused"))
    for name, reason in {
        "hubspotscore": "is a score, not a fact",
        "hs_predictivecontactscore_v2": "is a score, not a fact",
        "hs_analytics_num_page_views": "counts or stamps as of the export",
        "first_deal_created_date": "tells the outcome",
        "num_associated_deals": "tells the outcome",
        "hs_date_entered_customer": "is cleared when the stage is moved back",
    }.items():
        assert any(name in part and reason in part for part in refused.split(";")), name
    assert "name them with --take if they help: shoe_size." in notes


def test_verdicts_by_the_account_s_own_names(dataset, notes):
    assert rows(dataset, "SELECT lead_id, verdict, reason FROM verdicts ORDER BY 1") == [
        ("101", "accepted", "salesqualifiedlead"),
        ("102", "rejected", "UNQUALIFIED"),
    ]
    assert "Values of lifecyclestage without a meaning, so no verdict: opportunity (4), 94944581 (1)." in notes


def test_without_meanings_there_are_no_verdicts(tmp_path):
    dataset = run(tmp_path, stages=None)
    assert dataset.manifest.counts["verdicts"] == 0
    assert rows(dataset, "SELECT DISTINCT kind FROM events WHERE channel = 'form'") == [("form_submission",)]
    assert "Values of hs_lead_status without a meaning, so no verdict: UNQUALIFIED (1)" in notes_of(dataset)


def test_stages_with_numbers_for_names(tmp_path):
    more = FILES["contact_property_history.csv"] + "106,lifecyclestage,94944581,x,u,2025-02-01T00:00:00Z\n"
    stages = "lifecyclestage: {94944581: recycled}\n"
    dataset = run(tmp_path, FILES | {"contact_property_history.csv": more}, stages)
    assert rows(dataset, "SELECT lead_id, verdict FROM verdicts") == [("106", "recycled")]


@pytest.mark.parametrize(
    ("stages", "error", "expected"),
    [
        ("lifecyclestage: {sql: accepted}", DataError, "lifecyclestage: no contact in"),
        ("lifecyclestage: {lead: agreed}", ConfigError, "lifecyclestage.lead: input should be 'accepted'"),
        ("stages: {lead: accepted}", ConfigError, "stages: no such key; known are"),
        ("forms: {Contact: x}", DataError, "forms: nobody ever sent 'Contact'; did you mean 'Contact us'?"),
        ("- lead", ConfigError, "expected what each lifecycle stage means"),
    ],
)
def test_meanings_that_cannot_be(tmp_path, stages, error, expected):
    with pytest.raises(error) as caught:
        run(tmp_path, stages=stages)
    assert expected in caught.value.message


@pytest.mark.parametrize(
    ("options", "error", "expected"),
    [
        ({"take": ("hubspotscore",)}, DataError, "hubspotscore cannot be taken: it is a score, not a fact"),
        ({"take": ("lifecyclestage",)}, DataError, "lifecyclestage cannot be taken: it tells the outcome"),
        ({"take": ("num_associated_deals",)}, DataError, "cannot be taken: it tells the outcome"),
        ({"take": ("phone",)}, DataError, "phone cannot be taken: it is rewritten later on"),
        ({"take": ("shoesize",)}, DataError, "no column 'shoesize' to take; did you mean 'shoe_size'?"),
        ({"pipelines": ("Sale",)}, DataError, "no deal is in a pipeline 'Sale'; did you mean 'Sales'?"),
        ({"timezone": "Mars/Olympus"}, ConfigError, "'Mars/Olympus' is not the name of a time zone"),
        ({"observed_until": "June"}, ConfigError, "observed_until: 'June' is not a date or time"),
    ],
)
def test_options_that_cannot_be(tmp_path, options, error, expected):
    with pytest.raises(error) as caught:
        run(tmp_path, **options)
    assert expected in caught.value.message


def test_custom_properties_on_request(tmp_path):
    dataset = run(tmp_path, take=("Shoe Size",))
    assert rows(dataset, "SELECT entity_id, value FROM attributes WHERE name = 'shoe_size'") == [("101", "42")]


@pytest.mark.parametrize("name", ["777", "renewals"])
def test_pipelines_by_name_or_id(tmp_path, name):
    dataset = run(tmp_path, pipelines=(name,))
    found = rows(dataset, "SELECT opportunity_id, lead_id FROM opportunities WHERE lead_id IS NOT NULL")
    assert found == [("504", "101")]


def test_only_contacts(tmp_path):
    dataset = run(tmp_path, {"Contacts.csv": FILES["contacts.csv"]}, None)
    # The contacts' own stamp of their first deal is all that is left.
    assert rows(dataset, "SELECT lead_id, created_at::VARCHAR FROM opportunities ORDER BY 1") == [
        ("101", "2025-02-01 10:00:00+00"),
        ("102", "2025-03-01 10:00:00+00"),
        ("108", "2025-04-01 10:00:00+00"),
    ]
    notes = notes_of(dataset)
    assert "Without deals.csv the label is first_deal_created_date, of 3 contacts" in notes
    for name in FILES:
        assert name == "contacts.csv" or f"{name} is not in the export: " in notes


def test_deals_that_are_nobody_s_make_no_label(tmp_path):
    dataset = run(tmp_path, without("deal_contact.csv"))
    found = rows(dataset, "SELECT lead_id FROM opportunities ORDER BY 1")
    assert found == [("101",), ("102",), ("108",)]
    assert "Without any association of deals with contacts the label is first_deal_created_date" in notes_of(
        dataset
    )


def test_without_any_label(tmp_path):
    contacts = FILES["contacts.csv"].replace("first_deal_created_date", "something")
    dataset = run(tmp_path, {"contacts.csv": contacts}, None)
    assert dataset.manifest.counts["opportunities"] == 0
    assert "there is no label: nothing can be learnt yet" in notes_of(dataset)


def test_without_any_events_nothing_is_made_of_the_counters(tmp_path):
    dataset = run(tmp_path, without("form_submissions.csv", "email_events.csv", "engagements.csv"), None)
    assert dataset.manifest.counts["events"] == 0
    assert dataset.manifest.observed_from == {}
    assert "marketing e-mail (sent, opened, clicked) is unknown" in notes_of(dataset)


def test_a_deal_of_two_contacts_keeps_both(tmp_path):
    links = FILES["deal_contact.csv"] + "501,103\n"
    dataset = run(tmp_path, FILES | {"deal_contact.csv": links})
    query = "SELECT opportunity_id FROM opportunities WHERE opportunity_id LIKE '501%' ORDER BY 1"
    assert rows(dataset, query) == [("501:101",), ("501:103",)]
    assert "Deals of more than one contact: 1" in notes_of(dataset)


def test_names_and_columns_as_the_export_button_writes_them(tmp_path):
    button = {
        "hubspot-crm-exports-all-contacts-2025-06-30.csv": "Record ID,Create Date,Email,Job Title\n"
        "1,2025-01-10 09:00,a@acme.com,CEO\n2,2025-01-11 09:00,b@acme.com,\n",
        "all-deals.csv": "Record ID,Create Date,Pipeline,Deal Type,Associated Contact IDs,Amount\n"
        "5,2025-02-10 09:00,Sales Pipeline,New Business,1;2,\n6,2025-02-11 09:00,Upsell,,1,\n",
    }
    dataset = run(tmp_path, button, None, timezone="America/New_York")
    assert rows(dataset, "SELECT lead_id, created_at::VARCHAR FROM leads ORDER BY 1") == [
        ("1", "2025-01-10 14:00:00+00"),
        ("2", "2025-01-11 14:00:00+00"),
    ]
    found = rows(dataset, "SELECT opportunity_id, created_at::VARCHAR FROM opportunities ORDER BY 1")
    assert found[:2] == [("5:1", "2025-02-10 14:00:00+00"), ("5:2", "2025-02-10 14:00:00+00")]
    assert rows(dataset, "SELECT value FROM attributes WHERE name = 'title'") == [("CEO",)]
    assert "Creation times without an offset: 4, read as times of America/New_York." in notes_of(dataset)


def test_names_and_columns_of_a_warehouse_copy(tmp_path):
    copy = {
        "contact.csv": "id,property_createdate,property_email,property_jobtitle,_fivetran_deleted\n"
        "1,2025-01-10 09:00:00.000+00,a@acme.com,CEO,false\n2,2025-01-10 09:00:00.000+00,b@acme.com,CEO,true\n",
        "deal.csv": "deal_id,property_createdate,deal_pipeline_id,is_deleted\n5.0,1739178000000,default,false\n",
        "deal_contact.csv": "deal_id,contact_id\n5,1.0\n",
    }
    dataset = run(tmp_path, copy, None)
    assert rows(dataset, "SELECT opportunity_id, lead_id, created_at::VARCHAR FROM opportunities") == [
        ("5", "1", "2025-02-10 09:00:00+00")
    ]
    assert dataset.manifest.skipped == {"deleted contacts": 1}


def test_slices_that_overlap(tmp_path):
    head, *lines = FILES["contacts.csv"].splitlines(keepends=True)
    sliced = {"contacts_1.csv": head + "".join(lines[:4]), "contacts_2.csv": head + "".join(lines[3:])}
    dataset = run(tmp_path, without("contacts.csv") | sliced)
    assert dataset.manifest.counts["leads"] == 6
    assert dataset.manifest.rejected == {}
    assert dataset.manifest.skipped["contacts that stand more than once in the export"] == 1


def test_of_a_contact_in_two_slices_the_later_state_stands(tmp_path):
    old = FILES["contacts.csv"].replace("2025-06-30T12:00:00Z,Ann@Acme.com", "2025-03-30T12:00:00Z,ann@gmail.com")
    dataset = run(
        tmp_path, without("contacts.csv") | {"contacts_1.csv": old, "contacts_2.csv": FILES["contacts.csv"]}
    )
    query = "SELECT account_id FROM leads WHERE lead_id = '101'"
    assert rows(dataset, query) == [("hubspot:1",)]
    assert dataset.manifest.observed_until == "2025-06-30T12:00:00Z"


def test_a_chain_of_merges_is_followed_to_its_end(tmp_path):
    # 102, into which 104 had been merged, was itself merged into 105 later on; an old slice still holds it.
    old, new = "Retail,,,,lead,,,,1,,,", "Retail,,,,lead,,,,1,102:1745000000000,102,"
    contacts = FILES["contacts.csv"].replace(old, new, 1)
    dataset = run(tmp_path, FILES | {"contacts.csv": contacts}, "forms: {f1: webinar}\n")
    query = """SELECT lead_id, count(*), max(known_at)::VARCHAR FROM events
    WHERE kind = 'webinar' AND lead_id <> '101' GROUP BY 1"""
    assert rows(dataset, query) == [("105", 2, "2025-04-18 18:13:20+00")]
    assert dataset.manifest.skipped["contacts merged into another"] == 1


def test_companies_of_one_domain_are_one_account(tmp_path):
    companies = FILES["companies.csv"].replace(
        "4,2025-01-15T09:00:05Z,2025-05-01T09:00:00Z,Nobody,nobody.com", "4,,,A,acme.com"
    )
    contacts = FILES["contacts.csv"].replace("eve@acme.com,,,", "eve@acme.com,,4,")
    dataset = run(tmp_path, FILES | {"companies.csv": companies, "contacts.csv": contacts})
    found = rows(dataset, "SELECT lead_id FROM leads WHERE account_id = 'hubspot:1' ORDER BY 1")
    assert found == [("101",), ("105",)]
    assert "Companies that share a domain: 2, taken as 1 accounts." in notes_of(dataset)


def test_a_deal_that_was_merged_is_its_survivor(tmp_path):
    deals = FILES["deals.csv"].replace("dealname,", "hs_merged_object_ids,dealname,").replace("Z,a,", "Z,599,a,")
    for letter in "bcdefgh":
        deals = deals.replace(f"Z,{letter},", f"Z,,{letter},")
    links = FILES["deal_contact.csv"].replace("501,101", "599,101")
    dataset = run(tmp_path, FILES | {"deals.csv": deals, "deal_contact.csv": links})
    assert rows(dataset, "SELECT lead_id FROM opportunities WHERE opportunity_id = '501'") == [("101",)]


def test_unreadable_values_are_rejected_as_they_came(tmp_path):
    forms = FILES["form_submissions.csv"] + "101,f9,yesterday,,\n"
    dataset = run(tmp_path, FILES | {"form_submissions.csv": forms})
    assert dataset.manifest.rejected == {"events": 1}
    line = (dataset.path / "rejected" / "events.csv").read_text(encoding="utf-8").splitlines()[1]
    assert line.startswith("events,form_submissions.csv,7,at,yesterday,is not a time")


def test_history_that_names_nobody_is_counted(tmp_path, dataset):
    history = {
        name: FILES[name] + f",{field},x,u,u,2025-02-01T00:00:00Z\n"
        for name, field in (
            ("contact_property_history.csv", "jobtitle"),
            ("company_property_history.csv", "numberofemployees"),
        )
    }
    again = run(tmp_path, FILES | history)
    for what in ("contacts", "companies"):
        left_out = f"property history of {what} that are deleted, merged or unknown"
        assert again.manifest.skipped[left_out] == dataset.manifest.skipped.get(left_out, 0) + 1


def test_a_contact_without_an_id_or_a_time_is_rejected(tmp_path):
    contacts = (
        FILES["contacts.csv"]
        + ",2025-01-10T09:00:00Z\n".replace("\n", "," * 26 + "\n")
        + "109,never"
        + "," * 26
        + "\n"
    )
    dataset = run(tmp_path, FILES | {"contacts.csv": contacts})
    assert dataset.manifest.rejected == {"leads": 2}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({}, "holds no contacts.csv; none are known", id="an empty folder"),
        pytest.param({"contcts.csv": "x\n"}, "holds no contacts.csv; did you mean 'contcts.csv'?", id="misspelt"),
        pytest.param({"contacts.csv": "Email,Create Date\na,b\n"}, "has no column 'hs_object_id'", id="no id"),
        pytest.param({"contacts.csv": "id,createdate\n"}, "no usable row", id="header only"),
        pytest.param({"contacts.csv": "id,createdate\n1,never\n"}, "no row has a createdate that", id="no time"),
        pytest.param(
            FILES | {"deals.csv": "id,made\n1,2\n"}, "deals.csv: has no column 'createdate'", id="of a deal"
        ),
        pytest.param({"contacts.csv": b"id\n\xfc\n"}, "line 2: b'\\xfc' is not utf-8", id="latin-1"),
    ],
)
def test_an_export_that_cannot_be_read(tmp_path, files, expected):
    with pytest.raises(DataError) as caught:
        run(tmp_path, files, None)
    assert expected in caught.value.message
    assert "\n" not in caught.value.message


def test_windows_files_read_the_same(tmp_path, dataset):
    windows = {name: b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode() for name, content in FILES.items()}
    assert run(tmp_path, windows).manifest.digest == dataset.manifest.digest


def test_archived_history_is_counted_and_a_deleted_contact_without_an_id_only_once(tmp_path):
    head, *versions = FILES["contact_property_history.csv"].splitlines()
    archived = [
        f"{head},archived",
        *(f"{line}," for line in versions),
        "102,jobtitle,Boss,x,x,2025-05-01T00:00:00Z,true",
    ]
    gone = next(line for line in FILES["contacts.csv"].splitlines() if line.endswith(",true"))
    files = FILES | {
        "contact_property_history.csv": "\n".join(archived) + "\n",
        "contacts.csv": FILES["contacts.csv"] + gone[gone.index(",") :] + "\n",
    }
    dataset = run(tmp_path, files)
    assert dataset.manifest.skipped["archived property history of contacts"] == 1
    assert rows(dataset, "SELECT count(*) FROM attributes WHERE value = 'Boss'") == [(0,)]
    assert dataset.manifest.skipped["deleted contacts"] == 1
    assert dataset.manifest.rejected == {"leads": 1}
