"""A tiny export written by hand: each contact is there for one trap of real exports."""

# ruff: noqa: E501 - a line is a row

from __future__ import annotations

# 101 has a deal and its opportunity date; 102 has a deal, and the date was cleared; 103 has the date and no deal;
# 104 and 90 were merged into 102; 105 came after its deal; 106 is of a company whose other deal is nobody's;
# 107 is archived; 108 has a free address, an own size and no company.
FILES = {
    "contacts.csv": """hs_object_id,createdate,lastmodifieddate,email,hs_additional_emails,associatedcompanyid,company,website,jobtitle,industry,numemployees,annualrevenue,country,lifecyclestage,hs_lead_status,hs_lifecyclestage_opportunity_date,first_deal_created_date,num_associated_deals,hs_calculated_merged_vids,hs_merged_object_ids,hs_analytics_num_page_views,hs_analytics_source,hubspotscore,hs_predictivecontactscore_v2,hs_date_entered_customer,phone,shoe_size,archived
101,2025-01-10T09:00:00.000Z,2025-06-30T12:00:00Z,Ann@Acme.com,,1.0,Acme,,CEO,COMPUTER_SOFTWARE,25-50,,Germany,opportunity,,2025-02-01T10:00:00Z,2025-02-01T10:00:00Z,1,,,17,ORGANIC_SEARCH,80,0.4,,1,42,false
102,2025-01-11T09:00:00.000Z,2025-05-01T09:00:00Z,bob@beta.io,robert@beta.io;bob@old.example,,Beta,,CTO,,,,France,lead,UNQUALIFIED,,2025-03-01T10:00:00Z,1,104:1741000000000;90:1741000000001,104;90;91,3,DIRECT_TRAFFIC,20,0.1,,,,
103,2025-01-12T09:00:00.000Z,2025-05-01T09:00:00Z,cy@gamma.com,,,,gamma.com,,,,,,opportunity,,2025-03-03T10:00:00Z,,0,,,0,,,,,,,
105,2025-04-14T09:00:00.000Z,2025-05-01T09:00:00Z,eve@acme.com,,,,,,Retail,,,,lead,,,,1,,,0,,,,,,,
106,2025-01-15T09:00:00.000Z,2025-05-01T09:00:00Z,fay@delta.com,,2,,,,,7,,,94944581,,,,,,,0,,,,,,,
107,2025-01-16T09:00:00.000Z,2025-05-01T09:00:00Z,gus@acme.com,,1,,,,,,,,lead,,,,,,,0,,,,,,,true
108,2025-01-17T09:00:00.000Z,2025-05-01T09:00:00Z,hal@gmail.com,,,,,,Retail,12,5000,,lead,,,2025-04-01T10:00:00Z,1,,,0,,,,,,,
""",
    "contact_property_history.csv": """contact_id,name,value,source,source_id,timestamp
101,jobtitle,Engineer,FORM,f,2025-01-10T09:00:00.000Z
101,jobtitle,CEO,CRM_UI,u,2025-02-20T00:00:00.000Z
102,jobtitle,,FORM,f,2025-01-11T09:00:00.000Z
102,jobtitle,CTO,CRM_UI,u,1741000000000
101,lifecyclestage,lead,FORM,f,2025-01-10T09:00:00.000Z
101,lifecyclestage,salesqualifiedlead,CRM_UI,u,2025-01-20T09:00:00.000Z
101,lifecyclestage,opportunity,DEALS,d,2025-02-01T10:00:00.000Z
102,lifecyclestage,opportunity,DEALS,d,2025-03-01T10:00:00.000Z
106,lifecyclestage,opportunity,CRM_UI,u,2025-03-02T10:00:00.000Z
102,lifecyclestage,lead,CRM_UI,u,2025-03-20T09:00:00.000Z
102,hs_lead_status,UNQUALIFIED,CRM_UI,u,2025-03-21T09:00:00.000Z
102,hs_analytics_source,OFFLINE,x,u,2025-01-11T09:00:00.000Z
102,hs_analytics_source,DIRECT_TRAFFIC,x,u,2025-03-21T09:00:00.000Z
101,email,ann@formerly.com,FORM,f,2025-01-10T09:00:00.000Z
101,email,ann@acme.com,CRM_UI,u,2025-02-20T00:00:00.000Z
104,jobtitle,Lost,FORM,f,2025-01-10T09:00:00.000Z
""",
    "companies.csv": """hs_object_id,createdate,hs_lastmodifieddate,name,domain,industry,numberofemployees,annualrevenue,city,state,country,hs_merged_object_ids
1,2025-01-10T09:00:05Z,2025-05-01T09:00:00Z,Acme,acme.com,Computer Software,60,1000,Berlin,,Germany,3
2,2025-01-15T09:00:05Z,2025-05-01T09:00:00Z,Delta,delta.com,Retail,7,,,,,
4,2025-01-15T09:00:05Z,2025-05-01T09:00:00Z,Nobody,nobody.com,,,,,,,
""",
    "company_property_history.csv": """company_id,name,value,source,source_id,timestamp
1,numberofemployees,40,x,x,2025-02-01T00:00:00Z
1,numberofemployees,60,x,x,2025-03-01T00:00:00Z
""",
    "deals.csv": """hs_object_id,createdate,hs_lastmodifieddate,dealname,pipeline,dealstage,dealtype,amount,closedate,hs_is_closed,hs_is_closed_won,archived
501,2025-02-01T10:00:00Z,2025-05-01T09:00:00Z,a,default,closedwon,newbusiness,100,2025-06-30,true,true,
502,2025-03-01T10:00:00Z,2025-05-01T09:00:00Z,b,default,123,,50,2026-01-01T00:00:00Z,false,false,
503,2025-03-05T10:00:00Z,2025-05-01T09:00:00Z,c,default,123,newbusiness,50,,,,
504,2025-04-01T10:00:00Z,2025-05-01T09:00:00Z,d,777,123,,5,,,,
505,2025-04-02T10:00:00Z,2025-05-01T09:00:00Z,e,default,123,existingbusiness,5,,,,
506,2025-04-03T10:00:00Z,2025-05-01T09:00:00Z,f,default,123,newbusiness,5,,,,
507,2025-04-04T10:00:00Z,2025-05-01T09:00:00Z,g,default,123,newbusiness,5,,,,true
508,2025-04-05T10:00:00Z,2025-05-01T09:00:00Z,h,default,123,newbusiness,5,,,,
""",
    "deal_pipelines.csv": "pipeline_id,label\ndefault,Sales\n777,Renewals\n",
    "deal_contact.csv": "deal_id,contact_id\n501,101\n502,104\n503,105\n504,101\n505,101\n507,106\n",
    "deal_company.csv": "deal_id,company_id\n501,3\n506,2\n508,4\n504,1\n505,1\n",
    "form_submissions.csv": """contact_id,form_id,timestamp,page_url,title
101,f1,2025-01-20T08:00:00Z,https://x,Webinar: Spring
102,f2,2025-01-21T08:00:00Z,https://x,Contact us
102,f2,2025-01-21T08:00:00Z,https://x,Contact us
104,f1,2025-01-22T08:00:00Z,https://x,Webinar: Spring
91,f1,2025-01-23T08:00:00Z,https://x,Webinar: Spring
999,f1,2025-01-23T08:00:00Z,https://x,Webinar: Spring
""",
    "email_events.csv": """id,type,created,recipient,email_campaign_id,filtered_event
e1,OPEN,2025-01-25T08:00:00Z,ANN@acme.com ,c1,false
e2,CLICK,2025-01-25T09:00:00Z,Ann <ann@formerly.com>,c1,false
e3,SENT,2025-01-25T07:00:00Z,robert@beta.io,c1,false
e4,OPEN,2025-01-25T08:00:00Z,stranger@x.com,c1,false
e5,PROCESSED,2025-01-25T06:00:00Z,ann@acme.com,c1,false
e6,OPEN,2025-01-25T06:30:00Z,ann@acme.com,c1,true
e7,SNOOZED,2025-01-25T06:30:00Z,ann@acme.com,c1,
""",
    "engagements.csv": """id,type,timestamp,createdate,status,completion_date,duration
g1,CALL,2025-01-26T08:00:00Z,2025-01-26T08:10:00Z,COMPLETED,,60000
g2,MEETING,2025-08-30T10:00:00Z,2025-06-28T08:00:00Z,,,
g3,TASK,2025-09-01T10:00:00Z,2025-02-02T08:00:00Z,NOT_STARTED,,
g4,TASK,2025-09-01T10:00:00Z,2025-02-02T08:00:00Z,COMPLETED,2025-02-03T08:00:00Z,
g5,NOTE,2025-02-04T08:00:00Z,2025-02-04T08:00:00Z,,,
g6,MEETING,2025-02-06T08:00:00Z,2025-02-04T08:00:00Z,,,
""",
    "engagement_contact.csv": "engagement_id,contact_id\ng1,101\ng1,105\ng2,101\ng3,101\ng4,101\ng5,999\ng6,102\n",
}

STAGES = """version: 1
lifecyclestage:
  salesqualifiedlead: accepted
  lead: nothing
hs_lead_status: {UNQUALIFIED: rejected}
forms: {"Contact us": Demo Request, f1: webinar}
"""
