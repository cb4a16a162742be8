"""A second version scores in shadow what was answered, to be compared later.

It is a process of its own that follows the receipts in the ledger, at the machine's lowest priority: nobody who
asks waits for it. It scores what a receipt kept, which is what the version that answered was told: kinds and
attributes that only the shadow knows are unknown to it.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge
from sqlalchemy import func, select

from features.errors import LeadQualityError
from models.answer import lead_row
from models.calibration import from_log_odds
from models.scorer import grade_letter
from serving.ledger import LedgerError, RecordShadow, ShadowScore, from_canonical, open_ledger, tables
from serving.settings import Settings, now

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from features.payload import LeadFacts, Vocabulary
    from models.lead_model import LeadModel
    from serving.ledger import Ledger

#: Receipts in one round, and those that it may be behind before it leaves some out.
CHUNK = 200
MOST_BEHIND = 20_000
#: Seconds between rounds while there is nothing to do, and after the ledger was not to be had.
PAUSE = 1.0
#: Microseconds for which a receipt may be under way: those before it are all to be seen by then.
SETTLE = 5_000_000


@dataclass
class Follower:
    """Scores the ledger's receipts from a place (a ``seq``) on, in rounds.

    ``behind`` is how many receipts wait, ``dropped`` how many were left out because too many did.
    """

    ledger: Ledger
    model: LeadModel
    after: int
    most_behind: int = MOST_BEHIND
    behind: int = 0
    dropped: int = 0

    @classmethod
    def resume(cls, ledger: Ledger, model: LeadModel) -> Follower:
        """Begin behind the last receipt that this version has scored; without one, with the next to come."""
        return cls(ledger, model, ledger.read(lambda connection: _last_place(connection, model.version)))

    def round(self, now: int) -> int:
        """Score the next receipts; return how many.

        Raises
        ------
        LedgerError
            The ledger is not to be had; the round can be done again.

        """
        newest = self.ledger.read(_newest)
        self.behind = max(0, newest - self.after)
        if self.behind > self.most_behind:
            self.dropped += self.behind - self.most_behind
            self.after = newest - self.most_behind
        rows = self.ledger.read(lambda connection: _read_after(connection, self.after, now))
        scores = [
            self._score(receipt_id, as_of, body, now) for _, receipt_id, as_of, body in rows if body is not None
        ]
        if scores:
            self.ledger.write(RecordShadow(scores))
        if rows:
            self.after = rows[-1][0]
        return len(scores)

    def _score(self, receipt_id: str, as_of: int, body: bytes, now: int) -> ShadowScore:
        model = self.model
        matrix = lead_row(model, known_to(model.vocabulary, from_canonical(zlib.decompress(body), as_of)))
        probability = from_log_odds(model.calibration.log_odds(model.raw_total(matrix)))[0]
        return ShadowScore(
            receipt_id=receipt_id,
            model_version=model.version,
            probability=float(probability),
            grade=grade_letter(probability, model.scale.cuts),
            points=None if model.card is None else float(model.points(matrix)[0]),
            scored_at=now,
        )


def known_to(vocabulary: Vocabulary, facts: LeadFacts) -> LeadFacts:
    """Return the facts without the kinds and attributes that a model does not know."""
    kinds, names = set(vocabulary.kinds), {name for entity, name in vocabulary.attributes if entity == "lead"}
    return replace(
        facts,
        events=[event for event in facts.events if event[1] in kinds],
        versions={key: own for key, own in facts.versions.items() if key in vocabulary.attributes},
        untracked=frozenset(key for key in facts.untracked if key in vocabulary.attributes),
        colleagues=None
        if facts.colleagues is None
        else [
            replace(
                other,
                events=[event for event in other.events if event[1] in kinds],
                versions={name: own for name, own in other.versions.items() if name in names},
            )
            for other in facts.colleagues
        ],
    )


def _newest(connection: Connection) -> int:
    return int(connection.execute(select(func.max(tables.receipts.c.seq))).scalar() or 0)


def _last_place(connection: Connection, version: str) -> int:
    receipts, shadow = tables.receipts, tables.shadow_scores
    query = (
        select(func.max(receipts.c.seq))
        .join(shadow, shadow.c.receipt_id == receipts.c.receipt_id)
        .where(shadow.c.model_version == version)
    )
    found = connection.execute(query).scalar()
    return _newest(connection) if found is None else int(found)


def _read_after(connection: Connection, after: int, now: int) -> list[tuple[int, str, int, bytes | None]]:
    """Return the next receipts with their input, up to the first that others may still come before."""
    receipts, inputs = tables.receipts, tables.inputs
    query = (
        select(receipts.c.seq, receipts.c.receipt_id, receipts.c.as_of, inputs.c.body, receipts.c.scored_at)
        .join(inputs, inputs.c.digest == receipts.c.input_digest, isouter=True)
        .where(receipts.c.seq > after)
        .order_by(receipts.c.seq)
        .limit(CHUNK)
    )
    found = []
    for seq, receipt_id, as_of, body, scored_at in connection.execute(query):
        # What is dated later than now was written before the clock went back.
        if now - SETTLE < scored_at <= now:
            break
        found.append((seq, receipt_id, as_of, body))
    return found


class Figures:
    """What ``/metrics`` shows of the shadow."""

    def __init__(self) -> None:
        self.scored = Counter("leadquality_shadow_scored", "Receipts scored in shadow")
        self.dropped = Counter("leadquality_shadow_dropped", "Receipts left out because the shadow was too slow")
        self.behind = Gauge(
            "leadquality_shadow_behind",
            "Receipts that the shadow has yet to score",
            multiprocess_mode="mostrecent",
        )


def follow(follower: Follower, figures: Figures, ended: list[bool]) -> None:
    """Score until told to end."""
    dropped, parent = 0, os.getppid()
    # A launcher that was killed cannot tell it to end.
    while not ended and os.getppid() == parent:
        try:
            done = follower.round(now())
        except LedgerError as error:
            _say(f"shadow scoring waits: {error.message}")
            done = 0
        else:
            figures.scored.inc(done)
            figures.behind.set(follower.behind)
            figures.dropped.inc(follower.dropped - dropped)
            dropped = follower.dropped
        if done < CHUNK:
            time.sleep(PAUSE)


def main(version: str) -> int:
    """Follow the ledger of this environment with a registered version."""
    from models.registry import Registry  # noqa: PLC0415 - MLflow takes seconds to import

    ended: list[bool] = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A reload is of the version that answers.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.nice(19)
    settings = Settings.read()
    try:
        model = Registry(settings.tracking_uri).load(version)
        with open_ledger(settings.ledger or "", create=False, durability="process") as ledger:
            follow(Follower.resume(ledger, model), Figures(), ended)
    except LeadQualityError as error:
        _say(f"shadow scoring ends: {error}")
        return 1
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
