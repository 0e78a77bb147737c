"""What Kubeflow's backend can do. What a program asks for beyond it is ML601, with the line (see `refusals`)."""

from __future__ import annotations

from mldsl.backend import Capabilities
from mldsl_kubeflow.options import OPTIONS

CAPABILITIES = Capabilities(
    summary="compiles a pipeline to a document for Kubeflow Pipelines 2 and Vertex AI",
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
    resources={
        "cpu": "",
        "memory": "",
        "gpu": "",
        "accelerator": "",
        "node_selector": "",
        "tolerations": "",
        "volumes": "",
    },
    engines=frozenset({"polars", "duckdb"}),
    options=OPTIONS,
)
