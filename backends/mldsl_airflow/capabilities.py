"""What Airflow's backend can do. What a program asks for beyond it is ML601, with the line (see `refusals`)."""

from __future__ import annotations

from mldsl.backend import Capabilities
from mldsl_airflow.options import OPTIONS

_OF_PODS = ("memory", "gpu", "accelerator", "node_selector", "tolerations", "volumes")

CAPABILITIES = Capabilities(
    summary="compiles a pipeline to DAGs for Airflow 3.1 and newer",
    steps=frozenset({"source", "check", "transform", "split", "model", "evaluate", "deploy", "monitor"}),
    settings=frozenset(
        {
            "owner",
            "description",
            "schedule",
            "retries",
            "retry_delay",
            "timeout",
            "tags",
            "notify",
        }
    ),
    # Without pods, `cpu: 4` is four slots of a pool.
    resources={"cpu": ""} | dict.fromkeys(_OF_PODS, "--operator kubernetes"),
    engines=frozenset({"polars", "duckdb"}),
    options=OPTIONS,
)
