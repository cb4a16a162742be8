"""A card without fault, and ways to spoil it."""

BASE = """\
version: 2
name: small
agreed:
  by: [Ann, Bob]
  on: 2025-03-03
fit:
  rules:
    - name: Boss
      attribute: title
      contains: [director, chief]
      points: 20
    - name: Small firm
      attribute: employees
      between: [null, 50]
      points: -10
    - name: Big firm
      attribute: employees
      between: [200, 5000]
      points: 15
engagement:
  rules:
    - name: Webinar
      event: webinar
      within: 90d
      each: true
      points: 10
      cap: 20
    - name: Fresh visit
      event: web_visit
      days_since: [null, 7]
      points: 5
grades: {A: 40, B: 20, C: 5}
qualified: 20
grid:
  fit: {A: 30, B: 15, C: 1}
  engagement: {1: 20, 2: 10, 3: 5}
"""


def spoiled(old: str, new: str) -> str:
    """Return the card with one piece of its text replaced."""
    assert BASE.count(old) >= 1, old
    return BASE.replace(old, new, 1)
