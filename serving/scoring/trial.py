"""A version is tried in a process of its own first: damaged files can make a library end the process it is in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from features.errors import LeadQualityError
from serving.scoring.board import ReloadRefusedError
from serving.settings import TRACKING_URI, now

#: Seconds that a trial may take.
PATIENCE = 120
_REFUSED = 3


def try_out(tracking_uri: str | None, version: str) -> None:
    """Load a registered version and let it score the example, elsewhere.

    Raises
    ------
    ReloadRefusedError
        It cannot; the message says why.

    """
    command = [sys.executable, "-m", "serving.scoring.trial", version]
    environment = os.environ | {TRACKING_URI: tracking_uri or ""}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise ReloadRefusedError(f"version {version} was not tried within {PATIENCE} seconds") from None
    except OSError as error:
        # No memory or no process to be had for it just now.
        why = error.strerror or type(error).__name__
        raise ReloadRefusedError(f"version {version} could not be tried: {why}", hint="try again later") from None
    if done.returncode == _REFUSED:
        raise ReloadRefusedError(done.stdout.strip() or f"version {version} cannot be used")
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        raise ReloadRefusedError(f"version {version} cannot be used: it ended its trial with {name}")
    if done.returncode:
        raise ReloadRefusedError(f"version {version} cannot be used: its trial ended with {done.returncode}")


def main(version: str) -> int:
    """Try a version of this environment's registry."""
    from models.registry import Registry  # noqa: PLC0415 - MLflow takes seconds to import
    from serving.scoring.champion import Champion  # noqa: PLC0415

    # Those who answer come first.
    os.nice(5)
    try:
        Champion.of(Registry(os.environ.get(TRACKING_URI) or None).load(version), now())
    except LeadQualityError as error:
        sys.stdout.write(error.message)
        return _REFUSED
    except Exception as error:
        sys.stdout.write(f"version {version} cannot be used: {type(error).__name__}")
        return _REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
