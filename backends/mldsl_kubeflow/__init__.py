"""The Kubeflow backend: compiles a plan to a pipeline document for Kubeflow Pipelines 2."""

from __future__ import annotations

from mldsl_kubeflow.backend import KubeflowBackend

__all__ = ["KubeflowBackend"]
