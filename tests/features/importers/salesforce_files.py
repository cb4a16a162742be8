"""A tiny export written by hand: each lead is there for one trap of real exports."""

# ruff: noqa: E501 - a line is a row

from __future__ import annotations

from features.importers.salesforce.ids import to_18


def lead(number: int) -> str:
    return to_18(f"00Q5g000000000{number}")


def contact(number: int) -> str:
    return to_18(f"0035g000000000{number}")


def deal(number: int) -> str:
    return to_18(f"0065g000000000{number}")


def short(record_id: str) -> str:
    return record_id[:15]


# 1 converted with an opportunity; 2 open; 3 merged into 2; 4 deleted; 5 converted without one, got it later;
# 6 converted without any.
FILES = {
    "Lead.csv": f"""Id,IsDeleted,MasterRecordId,Company,Email,Website,Title,Industry,Phone,CreatedDate,IsConverted,ConvertedDate,ConvertedOpportunityId,ConvertedContactId,ConvertedAccountId,Status,OwnerId,Budget__c,LastModifiedDate
{lead(1)},false,,Acme Inc.,ann@acme.com,,CEO,Tech,1,2025-01-10T09:00:00.000+0000,true,2025-02-01,{short(deal(1))},{short(contact(1))},001A,Qualified,x,10,2025-06-30T12:00:00.000Z
{short(lead(2))},false,,"Beta, Ltd",bob@gmail.com,http://www.Beta.io/de?x=1,CTO,,,2025-01-11T09:00:00.000Z,false,,,,,Working,x,,
{lead(3)},true,{short(lead(2))},Beta,,,,,,2025-01-12T09:00:00.000Z,false,,,,,Open,x,,
{lead(4)},true,,Gamma,,,,,,2025-01-13T09:00:00.000Z,false,,,,,Open,x,,
{lead(5)},false,,ACME,eve@acme.com,,,Tech,,2025-01-14T09:00:00.000Z,true,2025-02-05,,{contact(5)},001A,Qualified,x,,
{lead(6)},false,,n/a,f@gmail.com,,,,,2025-01-15T09:00:00.000Z,true,2025-02-06,,{contact(6)},001B,Qualified,x,,
""",
    "LeadHistory.csv": f"""Id,LeadId,Field,OldValue,NewValue,CreatedDate
1,{short(lead(2))},Title,Engineer,VP,2025-02-01T00:00:00.000Z
2,{lead(2)},Title,VP,CTO,2025-03-01T00:00:00.000Z
3,{lead(2)},Status,Open,Unqualified,2025-03-02T00:00:00.000Z
4,{lead(1)},leadConverted,,,2025-02-01T10:00:00.000Z
""",
    "Opportunity.csv": f"""Id,AccountId,Type,CreatedDate,CloseDate,IsClosed,IsWon,Amount
{deal(1)},001A,New Business,2025-02-01T10:00:00.000Z,2025-06-30,true,true,100
{deal(2)},001A,New Customer,2025-03-05T10:00:00.000Z,2026-01-01,false,false,50
{deal(3)},001A,Renewal,2025-04-05T10:00:00.000Z,2026-01-01,false,false,5
{deal(4)},001Z,New Business,2025-04-06T10:00:00.000Z,2026-01-01,false,false,5
""",
    "OpportunityContactRole.csv": f"""Id,OpportunityId,ContactId
r1,{deal(1)},{contact(1)}
r2,{short(deal(2))},{short(contact(5))}
r3,{deal(3)},{contact(6)}
""",
    "Campaign.csv": "Id,Name,Type\n701A,Spring,Web Seminar\n701B,List,\n",
    "CampaignMember.csv": f"""Id,CampaignId,LeadId,ContactId,HasResponded,FirstRespondedDate,CreatedDate
m1,701A,,{contact(1)},true,2025-01-22,2025-01-20T00:00:00.000Z
m2,701B,{lead(2)},,true,,2025-01-20T00:00:00.000Z
m3,701A,{lead(2)},,true,2025-06-30,2025-06-30T08:00:00.000Z
m4,701A,{lead(4)},,false,,2025-01-20T00:00:00.000Z
""",
    "Task.csv": f"""Id,WhoId,Type,TaskSubtype,Status,IsClosed,ActivityDate,CreatedDate,CompletedDateTime,CallDurationInSeconds
t1,{short(contact(1))},Web Visit,Task,Completed,true,2025-09-01,2025-01-25T08:00:00.000Z,2025-01-25T08:00:00.000Z,
t2,{lead(2)},,Call,Completed,true,2025-01-01,2025-01-26T08:00:00.000Z,2025-01-25T23:00:00.000Z,60
t3,{lead(2)},Call,Call,Not Started,false,2025-09-01,2025-01-26T08:00:00.000Z,,
t4,{lead(3)},,,Completed,true,,2025-01-27T08:00:00.000Z,,
t5,0035g00000000zz,Call,Call,Completed,true,,2025-01-27T08:00:00.000Z,,
""",
    "Event.csv": f"""Id,WhoId,StartDateTime,CreatedDate,Type
e1,{contact(5)},2025-01-30T10:00:00.000Z,2025-01-28T08:00:00.000Z,
e2,{lead(2)},2025-08-30T10:00:00.000Z,2025-06-28T08:00:00.000Z,Demo
""",
    "Account.csv": "Id,Website\n001A,acme.com\n001Z,www.other.com\n",
    "Contact.csv": f"Id,IsDeleted,MasterRecordId\n{contact(1)},false,\n",
}
