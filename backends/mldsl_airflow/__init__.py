"""The Airflow backend: compiles a plan to a DAG."""

from __future__ import annotations

from mldsl_airflow.backend import AirflowBackend

__all__ = ["AirflowBackend"]
