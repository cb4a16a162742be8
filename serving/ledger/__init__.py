"""The ledger: facts and receipts, append-only, on SQLite or PostgreSQL.

Reading and writing is :class:`Ledger`'s; what may be written are the classes of :mod:`serving.ledger.writes` and
the facts of :mod:`serving.ledger.facts`. :mod:`serving.ledger.export` makes a dataset of them.
"""

from serving.ledger.canonical import canonical_input, from_canonical, input_digest
from serving.ledger.errors import LedgerBusy, LedgerError, LedgerRefused, LedgerUnavailable
from serving.ledger.facts import (
    AttributeFact,
    EventFact,
    Fact,
    LeadFact,
    OpportunityFact,
    Status,
    VerdictFact,
    fault_of,
)
from serving.ledger.keys import ApiKey
from serving.ledger.ledger import Ledger, open_ledger, upgrade_ledger
from serving.ledger.reads import StoredReceipt
from serving.ledger.stored import StoredLead
from serving.ledger.writes import (
    AddKey,
    Forget,
    Forgotten,
    Input,
    Prune,
    Pruned,
    Receipt,
    RecordFacts,
    RecordReceipts,
    RecordShadow,
    RevokeKey,
    ShadowScore,
    Write,
    check_write,
    pack_features,
    unpack_features,
)

__all__ = [
    "AddKey",
    "ApiKey",
    "AttributeFact",
    "EventFact",
    "Fact",
    "Forget",
    "Forgotten",
    "Input",
    "LeadFact",
    "Ledger",
    "LedgerBusy",
    "LedgerError",
    "LedgerRefused",
    "LedgerUnavailable",
    "OpportunityFact",
    "Prune",
    "Pruned",
    "Receipt",
    "RecordFacts",
    "RecordReceipts",
    "RecordShadow",
    "RevokeKey",
    "ShadowScore",
    "Status",
    "StoredLead",
    "StoredReceipt",
    "VerdictFact",
    "Write",
    "canonical_input",
    "check_write",
    "fault_of",
    "from_canonical",
    "input_digest",
    "open_ledger",
    "pack_features",
    "unpack_features",
    "upgrade_ledger",
]
