"""The pages for people: who to call now and why, one lead, its account, and what they are scored by."""
