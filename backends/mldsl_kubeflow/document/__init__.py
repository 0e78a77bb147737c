"""The pipeline document: what Kubeflow reads, from its official messages to the text of the file."""

from __future__ import annotations

from mldsl_kubeflow.document.pipeline import documents, text

__all__ = ["documents", "text"]
