"""Facts: five tables of lead history, one validation, one folder format."""

from features.facts.dataset import Dataset, Manifest
from features.facts.publish import Source, publish, silent
from features.facts.schema import TABLES
from features.facts.staging import Reject, Staging

__all__ = ["TABLES", "Dataset", "Manifest", "Reject", "Source", "Staging", "publish", "silent"]
