"""Options that several commands share: which engine computes the features, and where."""

from __future__ import annotations

from typing import Annotated

import typer

EngineName = Annotated[
    str, typer.Option("--engine", help="local, or spark for what one machine cannot hold: the same bits.")
]
Master = Annotated[
    str | None,
    typer.Option("--master", help="Spark's master: local[2], spark://host:7077, yarn, k8s://...; else local[*]."),
]
ClusterPath = Annotated[
    str | None,
    typer.Option("--cluster-path", help="Where Spark finds the dataset, if not under the same path: s3a://..."),
]
