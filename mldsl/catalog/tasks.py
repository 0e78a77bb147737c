"""What a model can be asked to do."""

from __future__ import annotations

from typing import Literal

Task = Literal["binary", "multiclass", "regression", "cluster", "anomaly"]

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression", "cluster", "anomaly")

TASK_WORDS: dict[Task, str] = {
    "binary": "two classes",
    "multiclass": "several classes",
    "regression": "a number",
    "cluster": "clusters",
    "anomaly": "anomalies",
}
"""What each task predicts, in plain words."""
