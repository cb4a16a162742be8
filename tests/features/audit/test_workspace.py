"""The audit asks about the outcome that training labels by."""

from __future__ import annotations

import numpy as np

from features.audit.workspace import Workspace
from features.facts import Source, Staging, publish
from features.history import History
from features.open_leads import first_opportunity_from


def test_an_opportunity_of_the_account_alone_is_no_outcome_of_its_leads(tmp_path):
    """A renewal, say: it leaves the account's leads open, in the audit as in training."""
    origin = "'test' AS _source, 1 AS _row"
    with Staging() as staging:
        for lead in ("L1", "L2"):
            staging.stage(
                "leads", f"SELECT '{lead}' AS lead_id, 'acme' AS account_id, '2025-01-01' AS created_at, {origin}"
            )
        for deal, lead, account, created in (
            ("O1", "'L1'", "NULL", "2025-02-01"),
            ("O2", "NULL", "'acme'", "2025-01-15"),
        ):
            staging.stage(
                "opportunities",
                f"""SELECT '{deal}' AS opportunity_id, {lead} AS lead_id, {account} AS account_id,
                '{created}' AS created_at, {origin}""",
            )
        dataset = publish(staging, Source("test", "test", 1, "2025-06-01"), tmp_path / "data")
    with Workspace(dataset) as workspace:
        audited = workspace.connection.execute(
            "SELECT lead_id, epoch_us(outcome_at) FROM cohort ORDER BY lead_id"
        ).fetchall()
    history = History.from_dataset(dataset)
    first = first_opportunity_from(dataset, history, np.arange(2), history.arrays.created_at)
    labelled = [
        (str(lead), int(at) if at >= 0 else None) for lead, at in zip(history.lead_ids, first, strict=True)
    ]
    assert audited == labelled
    assert [at is not None for _, at in audited] == [True, False]
