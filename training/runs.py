"""All registered versions with what matters about each, newest first."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mlflow.exceptions import MlflowException
from rich import box
from rich.table import Table
from rich.text import Text

from models.registry import Registry
from training.promote import FORCED_WHY, GATES, PROMOTED_AT
from training.rollback import ROLLED_BACK_AT

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion


@dataclass(frozen=True)
class VersionRow:
    """One version; what its run or tags do not hold is None."""

    version: str
    aliases: tuple[str, ...]
    trained_at: str
    dataset_digest: str | None
    feature_set: str | None
    features: int | None
    card: str | None
    arm: str | None
    recommended: str | None
    auc: float | None
    log_loss: float | None
    calibration_slope: float | None
    gates: str | None
    promoted_at: str | None
    forced_why: str | None
    rolled_back_at: str | None

    def remarks(self) -> list[str]:
        """Return in sentences what a table has no room for: gates that failed, and why they were overruled."""
        lines = []
        if self.gates not in {None, "passed"}:
            lines.append(f"Version {self.version}: gates {self.gates}.")
        if self.forced_why is not None:
            lines.append(f"Version {self.version} was promoted all the same: {self.forced_why}.")
        if self.rolled_back_at is not None:
            lines.append(f"Version {self.version} was rolled back at {self.rolled_back_at}.")
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"aliases": list(self.aliases)}


def list_versions(uri: str | None = None) -> list[VersionRow]:
    """Return the registered versions, newest first.

    Raises
    ------
    RegistryError
        The registry cannot be reached.

    """
    registry = Registry(uri)
    versions = registry.versions()
    aliases: dict[str, list[str]] = {}
    for alias, version in sorted(registry.aliases().items()):
        aliases.setdefault(version, []).append(alias)
    return [_row(registry, version, tuple(aliases.get(str(version.version), ()))) for version in versions]


def _row(registry: Registry, version: ModelVersion, aliases: tuple[str, ...]) -> VersionRow:
    tags, metrics = version.tags, _metrics(registry, version.run_id)
    trained = datetime.fromtimestamp(version.creation_timestamp / 1000, UTC)
    features = tags.get("features", "")
    return VersionRow(
        version=str(version.version),
        aliases=aliases,
        trained_at=trained.isoformat(timespec="seconds").replace("+00:00", "Z"),
        dataset_digest=tags.get("dataset.digest"),
        feature_set=tags.get("feature_set"),
        features=int(features) if features.isdigit() else None,
        card=tags.get("card") or None,
        arm=tags.get("arm"),
        recommended=tags.get("recommended") or tags.get("recommendation"),
        auc=metrics.get("auc"),
        log_loss=metrics.get("log_loss"),
        calibration_slope=metrics.get("calibration_slope"),
        gates=tags.get(GATES),
        promoted_at=tags.get(PROMOTED_AT),
        forced_why=tags.get(FORCED_WHY),
        rolled_back_at=tags.get(ROLLED_BACK_AT),
    )


def _metrics(registry: Registry, run_id: str) -> dict[str, float]:
    """Return a run's figures; none where the run is gone, which is no reason to hide the version."""
    try:
        return dict(registry.client.get_run(run_id).data.metrics)
    except MlflowException:
        return {}


def versions_table(rows: list[VersionRow]) -> Table:
    """Return one row a version for the terminal."""
    table = Table(box=box.SIMPLE_HEAD, show_lines=False)
    for name in ("version", "trained", "data", "features", "arm", "recommended"):
        table.add_column(name, no_wrap=name != "features")
    for name in ("AUC", "log loss", "slope"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("promoted")
    for row in rows:
        called = Text(row.version, "bold")
        if row.aliases:
            called.append(f" {', '.join(row.aliases)}", "green")
        promoted = Text((row.promoted_at or "")[:10])
        if row.forced_why is not None:
            promoted.append(" forced", "red")
        features = "" if row.feature_set is None else f"{row.feature_set} ({row.features or '?'})"
        table.add_row(
            called,
            row.trained_at[:16].replace("T", " "),
            (row.dataset_digest or "")[:8],
            features,
            row.arm or "",
            row.recommended or "",
            *(
                _figure(value, digits)
                for value, digits in ((row.auc, 3), (row.log_loss, 4), (row.calibration_slope, 2))
            ),
            promoted,
        )
    return table


def _figure(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
