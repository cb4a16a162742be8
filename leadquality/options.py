"""Options that several commands share: where models are kept, how to print, and which engine computes features."""

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
TrackingUri = Annotated[
    str | None,
    typer.Option("--tracking-uri", help="MLflow's URI; else MLFLOW_TRACKING_URI, else sqlite:///mlflow.db."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
