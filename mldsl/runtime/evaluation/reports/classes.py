"""Reports on classes: which is taken for which, and how well each is told."""

from __future__ import annotations

import numpy as np

from mldsl.runtime.evaluation.bands import CONFIDENCE
from mldsl.runtime.evaluation.metrics import confusion
from mldsl.runtime.evaluation.reports.context import Reported
from mldsl.runtime.evaluation.slices import Json


def confusion_matrix(reported: Reported) -> Json:
    """Rows are the true classes, columns what was said."""
    found = confusion(reported.judged, np.ones((1, reported.judged.rows)))[0]
    return {"classes": list(reported.classes), "counts": found.astype(np.int64).tolist()}


def class_report(reported: Reported) -> Json:
    """Precision, recall and f1 of every class."""
    told = [_class(reported, number, name) for number, name in enumerate(reported.classes)]
    return {"classes": told, "confidence": CONFIDENCE, "method": "clopper_pearson"}


def _class(reported: Reported, number: int, name: str) -> Json:
    judged = reported.judged
    there, said, right = judged.truth == number, judged.predicted == number, judged.truth == judged.predicted
    hits = int((there & said).sum())
    return {
        "class": name,
        "precision": hits / int(said.sum()) if said.any() else None,
        "precision_interval": reported.exact(right, said),
        "recall": hits / int(there.sum()) if there.any() else None,
        "recall_interval": reported.exact(right, there),
        "f1": 2 * hits / int(said.sum() + there.sum()) if said.any() or there.any() else None,
        "rows": int(there.sum()),
    }
