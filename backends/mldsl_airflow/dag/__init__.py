"""The DAG file: one module for each of its parts."""

from __future__ import annotations

from mldsl_airflow.dag.file import dag_file

__all__ = ["dag_file"]
