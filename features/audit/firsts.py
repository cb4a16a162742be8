"""The first version of every attribute of every lead and account, in numbers in place of names and ids."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.audit.workspace import Workspace

#: So many versions are taken together at a time: a few hundred megabytes of memory, however many there are.
CHUNK = 4_000_000

_MEMBERS = """
CREATE OR REPLACE TEMP TABLE accounts AS
SELECT id, row_number() OVER (ORDER BY id)::INTEGER AS account FROM (
    SELECT account_id AS id FROM leads WHERE account_id IS NOT NULL
    UNION SELECT entity_id FROM attributes WHERE entity = 'account'
);
CREATE OR REPLACE TEMP TABLE members AS
SELECT c.*, a.account FROM cohort c LEFT JOIN accounts a ON a.id = c.account_id;
DROP TABLE cohort;
ALTER TABLE members RENAME TO cohort;
CREATE OR REPLACE TEMP TABLE attribute_names AS
SELECT entity, name, row_number() OVER (ORDER BY entity, name)::INTEGER AS code
FROM (SELECT DISTINCT entity, name FROM attributes);
CREATE OR REPLACE TEMP TABLE firsts
(code INTEGER, member INTEGER, value VARCHAR, known_at TIMESTAMPTZ, versions INTEGER)
"""


def read_firsts(work: Workspace) -> list[tuple[str, str, int, int, int]]:
    """Lay out ``firsts``; return entity, name, versions, entities and entities with several, in order of names.

    ``member`` is a lead's position or an account's number (see :func:`member_of`). A first version that is blank
    stays blank, whatever came later.
    """
    for statement in _MEMBERS.split(";\n"):
        work.run(statement)
    for entity, ids, member in (
        ("lead", "SELECT lead_id AS id, position FROM cohort", "position"),
        ("account", "SELECT id, account FROM accounts", "account"),
    ):
        for condition, bounds in stretches(work, entity):
            work.run(
                f"""INSERT INTO firsts
                SELECT n.code, m.{member} AS member, arg_min_null(nullif(trim(a.value), ''), a.known_at),
                    min(a.known_at), count(*)
                FROM attributes a JOIN ({ids}) m ON m.id = a.entity_id
                JOIN attribute_names n ON n.entity = a.entity AND n.name = a.name
                WHERE a.entity = '{entity}' AND {condition} GROUP BY 1, 2 ORDER BY 1""",
                bounds,
            )
    return work.rows(
        """SELECT n.entity, n.name, sum(versions)::BIGINT, count(*), tally(versions > 1)
        FROM firsts JOIN attribute_names n USING (code) GROUP BY ALL ORDER BY 1, 2"""
    )


def stretches(work: Workspace, entity: str) -> list[tuple[str, list[str]]]:
    """Return conditions on ``a.entity_id`` that part an entity's versions into stretches of about ``CHUNK``.

    Attributes are written in the order of their ids, so each condition reads its own stretch of the file.
    """
    versions = work.one("count(*) FROM attributes WHERE entity = ?", [entity])[0]
    parts = -(-versions // CHUNK)
    if parts < 2:
        return [("true", [])] if versions else []
    ids = "SELECT lead_id AS id FROM cohort" if entity == "lead" else "SELECT id FROM accounts"
    borders = [
        row[0]
        for row in work.rows(
            f"SELECT max(id) FROM (SELECT id, ntile({parts}) OVER (ORDER BY id) AS part FROM ({ids})) "
            "GROUP BY part ORDER BY part"
        )
    ][:-1]
    inner = [("a.entity_id > ? AND a.entity_id <= ?", list(pair)) for pair in pairwise(borders)]
    return [("a.entity_id <= ?", [borders[0]]), *inner, ("a.entity_id > ?", [borders[-1]])]


def first_values() -> str:
    """SQL for one attribute's first values (member, value, known_at); its parameters are entity and name."""
    return """SELECT member, value, known_at FROM firsts
        WHERE code = (SELECT code FROM attribute_names WHERE entity = ? AND name = ?)"""


def member_of(entity: str) -> str:
    """Return the column of ``cohort`` that says which member of ``firsts`` is a lead's: itself or its account."""
    return "position" if entity == "lead" else "account"
