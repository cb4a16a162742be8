"""Where a feature matrix is computed: on this machine, or the same plan on Spark, account by account.

Both give the same bits. :func:`compute` is for rows of one's own; training and the command line hand an
:class:`Engine` through.
"""

from features.engines.choice import choose_engine, compute
from features.engines.engine import Engine
from features.engines.local import LocalEngine
from features.engines.rows import Wanted, read_rows

__all__ = ["Engine", "LocalEngine", "Wanted", "choose_engine", "compute", "read_rows"]
