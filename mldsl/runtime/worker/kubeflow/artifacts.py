"""What Kubeflow's own pages show of a step's outputs: numbers, curves and matrices as metadata, pages as files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mldsl.plan.ports import Port
from mldsl.runtime.store import Record, Store
from mldsl.runtime.worker.kubeflow.page import page
from mldsl.runtime.worker.kubeflow.references import reference

Json = Any


def artifact(port: Port, record: Record, store: Store, place: str) -> tuple[bytes, dict[str, Json]]:
    """The content of an artifact's file, and its metadata. `place` is the store's address as people may see it."""
    if port.form == "page":
        return page(record, store).encode(), {}
    stored = record.outputs.get(port.output)
    where = None if stored is None else f"{place}/{stored.path}"
    content = reference(where, record)
    common = {"key": record.key, **({} if where is None else {"store_uri": where})}
    match port.form:
        case "table":
            return content, {**common, **_table(record, port.output)}
        case "model":
            return content, {**common, **_model(record)}
        case "metrics":
            return content, numbers(record.details)
        case "classification":
            return content, classification(json.loads(store.read(record.outputs["metrics"])))


def numbers(details: Mapping[str, Json]) -> dict[str, float]:
    """Metrics as `system.Metrics` has them: a number each; those of the trivial baseline are `baseline_NAME`."""
    metrics = {name: value for name, value in (details.get("metrics") or {}).items() if value is not None}
    baseline = {name: value for name, value in (details.get("baseline") or {}).items() if value is not None}
    return {**metrics, **{f"baseline_{name}": value for name, value in baseline.items()}}


def classification(found: Mapping[str, Json]) -> dict[str, Json]:
    """An evaluation's curve and matrix as `system.ClassificationMetrics` has them (kfp.dsl.ClassificationMetrics)."""
    reports = found["reports"]
    told: dict[str, Json] = {}
    matrix, curve = reports.get("confusion_matrix"), reports.get("roc_curve")
    if matrix is not None and "undefined" not in matrix:
        told["confusionMatrix"] = {
            "annotationSpecs": [{"displayName": str(name)} for name in matrix["classes"]],
            "rows": [{"row": row} for row in matrix["counts"]],
        }
    if curve is not None and "undefined" not in curve:
        # The curve starts above every score: a threshold that JSON cannot have.
        top = max((value for value in curve["threshold"] if value is not None), default=1.0)
        points = zip(curve["threshold"], curve["true_positive_rate"], curve["false_positive_rate"], strict=True)
        told["confidenceMetrics"] = [
            {"confidenceThreshold": top + 1 if at is None else at, "recall": up, "falsePositiveRate": down}
            for at, up, down in points
        ]
    return told


def _table(record: Record, output: str) -> dict[str, Json]:
    stored = record.outputs.get(output)
    rows = record.details.get("rows") if stored is None else stored.rows
    return {"rows": rows} if isinstance(rows, int) else {}


def _model(record: Record) -> dict[str, Json]:
    plain = {name: record.details.get(name) for name in ("algorithm", "metric", "threshold")}
    scores = record.details.get("scores") or {}
    return {
        "framework": "scikit-learn",
        **{name: value for name, value in plain.items() if value is not None},
        **{f"score_{name}": value for name, value in scores.items() if isinstance(value, int | float)},
    }
