"""What training left of a version for people to read: its model card, and what the duel said of the card."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from features.errors import LeadQualityError
from serving.front.front import log_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.registry import Registry

#: Files of a version's run.
MODEL_CARD, DUEL, RULES = "model_card.html", "duel.json", "card_rules.json"


@dataclass(frozen=True)
class Papers:
    """The model card as HTML, the duel, and the verdicts on the rules of the card ``judged``; empty without."""

    model_card: str = ""
    duel: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    judged: str = ""


NO_PAPERS = Papers()
#: Seconds after which papers are asked for again, since a duel may have been held: soon where there are none.
LASTS, LASTS_EMPTY = 300.0, 20.0
#: Seconds that a visitor waits for papers that nobody has seen yet; a silent registry may take minutes.
PATIENCE = 3.0


class Shelf:
    """A version's papers, fetched beside whoever looks at them; ``fetch`` asks the registry."""

    def __init__(self, fetch: Callable[[str], Papers] | None, patience: float = PATIENCE) -> None:
        self._fetch = fetch
        self._patience = patience
        self._lock = Lock()
        self._known: dict[str, tuple[float, Papers]] = {}
        self._fetching: Thread | None = None

    def of(self, version: str) -> Papers:
        """Return the papers as they are known; what is old is shown once more while it is asked for again."""
        if self._fetch is None:
            return NO_PAPERS
        since, papers = self._known.get(version, (float("-inf"), NO_PAPERS))
        if monotonic() - since > (LASTS_EMPTY if papers == NO_PAPERS else LASTS):
            with self._lock:
                if self._fetching is None or not self._fetching.is_alive():
                    self._fetching = Thread(target=self._ask, args=(version,), name="pages-papers", daemon=True)
                    self._fetching.start()
                fetching = self._fetching
            if version not in self._known:
                fetching.join(self._patience)
        return self._known.get(version, (0.0, NO_PAPERS))[1]

    def _ask(self, version: str) -> None:
        found = NO_PAPERS
        if self._fetch is not None:
            try:
                found = self._fetch(version)
            except LeadQualityError:
                pass
            except Exception as error:
                # Pages without papers are better than a thread that ends unheard.
                log_failure(error, "the papers of a model", "")
        if found == NO_PAPERS:
            # A registry that is out of reach takes nothing away.
            found = self._known.get(version, (0.0, NO_PAPERS))[1]
        self._known = {version: (monotonic(), found)}


def read_papers(registry: Registry, version: str) -> Papers:
    """Return a version's papers; what its run does not hold, or cannot be read now, is left out."""
    try:
        run_id = registry.resolve(version).run_id
    except LeadQualityError:
        return NO_PAPERS
    duel, rules = _json(_text(registry, run_id, DUEL)), _json(_text(registry, run_id, RULES))
    by_name = {rule["rule"]: rule for rule in rules.get("rules", []) if isinstance(rule, dict) and "rule" in rule}
    return Papers(_text(registry, run_id, MODEL_CARD), duel, by_name, str(rules.get("card", "")))


def _text(registry: Registry, run_id: str, name: str) -> str:
    from mlflow.exceptions import MlflowException  # noqa: PLC0415 - takes seconds to import

    with TemporaryDirectory() as folder:
        try:
            return Path(registry.client.download_artifacts(run_id, name, folder)).read_text(encoding="utf-8")
        except (MlflowException, OSError, ValueError):
            return ""


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
