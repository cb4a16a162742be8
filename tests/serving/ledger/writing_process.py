"""A process that writes events and receipts to a ledger and says on standard output what was acknowledged.

``python -m tests.serving.ledger.writing_process ADDRESS NAME COUNT``; it is to be killed, or ends after COUNT.
"""

from __future__ import annotations

import resource
import signal
import sys
from collections import deque

from serving.ledger import LedgerError, RecordFacts, RecordReceipts, open_ledger
from tests.serving.ledger.made import NOW, event, receipt


def main(address: str, name: str, count: int, largest_file: int) -> None:
    if largest_file:
        # Writing past the limit then fails, as on a full disk, instead of ending the process.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open_ledger(address, patience=20) as ledger:
        if largest_file:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
        waiting: deque = deque()
        for i in range(count):
            write = RecordReceipts([receipt(f"{name}-{i}", salt=i), receipt(f"same-{i}", salt=i)])
            waiting.append((f"r {name}-{i}", ledger.submit(write)))
            facts = RecordFacts([event(f"{name}-{i}"), event(f"same-{i}")], name, NOW)
            waiting.append((f"e {name}-{i}", ledger.submit(facts)))
            while len(waiting) > 64:
                tell(*waiting.popleft())
        for each in waiting:
            tell(*each)


def tell(what, future) -> None:
    try:
        future.result()
    except LedgerError as error:
        sys.stdout.write(f"! {what} {type(error).__name__} {error.message}\n")
    else:
        sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int((sys.argv[4:] or ["0"])[0]))
