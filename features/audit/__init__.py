"""The export X-ray: what a dataset's leads, stamps and fields say about leaks, before any training."""

from features.audit.audit import audit_dataset
from features.audit.findings import Audit, Finding, Subject, Suspect

__all__ = ["Audit", "Finding", "Subject", "Suspect", "audit_dataset"]
