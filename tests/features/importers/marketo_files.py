"""A tiny Marketo export written by hand: each row is there for one trap of real exports."""

# ruff: noqa: E501 - a line is a row

from __future__ import annotations

import json

TYPES = {
    1: "Visit Webpage", 2: "Fill Out Form", 10: "Open Email", 12: "New Lead", 13: "Change Data Value",
    21: "Convert Lead", 22: "Change Score", 29: "Delete Lead", 32: "Merge Leads", 34: "Add to Opportunity",
}  # fmt: skip
HEADER = "marketoGUID,leadId,activityDate,activityTypeId,campaignId,primaryAttributeValueId,primaryAttributeValue,attributes\n"


def types_json(types=TYPES, extra=()):
    listed = [{"id": number, "name": name, "attributes": []} for number, name in types.items()]
    return json.dumps({"requestId": "a#1", "success": True, "result": [*listed, *extra]})


CALL = {"id": 100001, "name": "Sales Call", "attributes": [{"name": "Seconds", "dataType": "integer"}]}

# 1 has a role; 2 open, wins 3 and, by way of 3, 4; 5 deleted; 6 anonymous; 7 converted without an opportunity;
# 8 added to an opportunity without a role; 9 stands in two files.
FILES = {
    "leads_1.csv": """id,email,company,website,title,industry,numberOfEmployees,country,inferredCompany,isAnonymous,leadScore,leadStatus,rating,budget,createdAt,updatedAt
1,ann@acme.com,Acme Inc.,null,CEO,Tech,120,US,Comcast Cable,false,90,Won,Hot,10,2025-01-10T09:00:00Z,2025-06-30T00:00:00Z
2,bob@gmail.com,null,http://www.beta.io,CTO,null,null,DE,Comcast Cable,false,10,Open,null,,2025-01-11T09:00:00Z,2025-06-30T00:00:00Z
3,bob@beta.io,Beta,null,null,null,null,null,null,false,0,null,null,null,2025-01-12T09:00:00Z,2025-01-12T09:00:00Z
5,eve@gamma.com,Gamma,null,null,null,null,null,null,false,0,null,null,null,2025-01-13T09:00:00Z,2025-01-13T09:00:00Z
6,null,null,null,null,null,null,null,Comcast Cable,true,0,null,null,null,2025-01-13T09:00:00Z,2025-01-13T09:00:00Z
""",
    "leads_2.csv": """id,email,company,website,title,industry,numberOfEmployees,country,inferredCompany,isAnonymous,leadScore,leadStatus,rating,budget,createdAt,updatedAt
7,g@gmail.com,null,null,null,null,null,null,Comcast Cable,false,0,null,null,null,2025-01-14T09:00:00Z,2025-02-01T00:00:00Z
8,h@gmail.com,null,null,null,null,null,null,Comcast Cable,false,0,null,null,null,2025-01-15T09:00:00Z,2025-02-01T00:00:00Z
9,i@delta.com,null,null,Clerk,null,null,null,null,false,0,null,null,null,2025-01-16T09:00:00Z,2025-02-01T00:00:00Z
""",
    "leads_3.csv": """id,email,company,website,title,industry,numberOfEmployees,country,inferredCompany,isAnonymous,leadScore,leadStatus,rating,budget,createdAt,updatedAt
9,i@delta.com,null,null,Manager,null,null,null,null,false,0,null,null,null,2025-01-16T09:00:00Z,2025-03-01T00:00:00Z
""",
    "activity_types.json": types_json(extra=[CALL]),
    "activities_2025-01.csv": HEADER
    + """100,1,2025-01-10T09:00:00Z,12,null,1,null,null
101,1,2025-01-20T10:00:00Z,1,null,7,/pricing,"{""Webpage URL"":""/pricing""}"
102,3,2025-01-21T10:00:00Z,2,null,8,Contact,null
103,4,2025-01-22T10:00:00Z,2,null,8,Contact,null
104,5,2025-01-22T11:00:00Z,2,null,8,Contact,null
105,6,2025-01-22T12:00:00Z,1,null,7,/,null
106,2,2025-01-23T12:00:00Z,10,55,null,null,null
107,1,2025-01-24T12:00:00Z,100001,null,9,Hello,"{""Seconds"":60}"
108,2,2025-01-25T12:00:00Z,777,null,null,null,null
109,2,2025-01-26T12:00:00Z,777,null,null,null,null
110,99,2025-01-27T12:00:00Z,2,null,8,Contact,null
120,1,2025-01-31T12:00:00Z,2,null,8,Contact,null
""",
    "activities_2025-02.csv": HEADER
    + """120,1,2025-01-31T12:00:00Z,2,null,8,Contact,null
102,2,2025-01-21T10:00:00Z,2,null,8,Contact,null
121,3,2025-02-01T10:00:00Z,32,null,3,null,"{""Merge IDs"":""[4]"",""Merge Source"":""UI""}"
122,2,2025-02-10T10:00:00Z,32,null,2,null,"{""Merge IDs"":""[3]""}"
123,5,2025-02-11T10:00:00Z,29,null,5,null,null
124,2,2025-02-12T10:00:00Z,13,null,20,Job Title,"{""New Value"":""VP"",""Old Value"":""Engineer""}"
125,2,2025-02-20T10:00:00Z,13,null,20,Job Title,"[{""name"":""New Value"",""value"":""CTO""},{""name"":""Old Value"",""value"":""VP""}]"
126,2,2025-02-21T10:00:00Z,13,null,21,Lead Status,"{""New Value"":""Open"",""Old Value"":null}"
127,1,2025-02-22T10:00:00Z,22,null,22,Lead Score,"{""New Value"":90,""Old Value"":70}"
128,1,2025-02-25T10:00:30Z,34,null,null,null,null
129,1,2025-02-25T10:00:00Z,21,null,null,null,null
130,7,2025-02-26T10:00:00Z,21,null,null,null,null
131,8,2025-02-27T10:00:00Z,34,null,null,null,null
""",
    "opportunities.csv": """externalOpportunityId,type,amount,isClosed,isWon,closeDate,externalCreatedDate,createdAt
o1,New Business,100,true,true,2025-06-30,2025-02-20T10:00:00Z,2025-02-25T10:00:00Z
o2,Renewal,50,false,false,2026-01-01,2025-03-01T10:00:00Z,2025-03-01T10:00:00Z
o3,New Business,70,false,false,2026-01-01,2025-03-05T10:00:00Z,2025-03-05T10:00:00Z
""",
    "opportunity_roles.csv": """externalOpportunityId,leadId,role,isPrimary,externalCreatedDate
o1,1,Buyer,true,2025-02-25T10:00:00Z
o2,1,Buyer,true,2025-03-01T10:00:00Z
o3,5,Buyer,true,2025-03-05T10:00:00Z
o9,2,Buyer,true,2025-03-05T10:00:00Z
""",
}
