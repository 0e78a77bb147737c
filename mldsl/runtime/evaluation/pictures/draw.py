"""From a report's data to its picture: which function draws which report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mldsl.runtime.evaluation.pictures import bars, canvas, classes, curves, values
from mldsl.runtime.evaluation.pictures.subject import Subject
from mldsl.runtime.evaluation.slices import Json

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWINGS: Mapping[str, Callable[[Json, Subject], Figure]] = {
    "roc_curve": curves.roc_curve,
    "pr_curve": curves.pr_curve,
    "calibration_curve": curves.calibration_curve,
    "score_histogram": curves.score_histogram,
    "confusion_matrix": classes.confusion_matrix,
    "class_report": classes.class_report,
    "feature_importance": bars.feature_importance,
    "residuals": values.residuals,
    "predicted_actual": values.predicted_actual,
    "cluster_sizes": bars.cluster_sizes,
}


def draw(name: str, found: Json) -> bytes:
    """The report `name` of an evaluation's document as an SVG file; the same document gives the same bytes.

    A report that is not defined for the rows gives a picture that says why.
    """
    data, subject = found["reports"][name], Subject(found)
    what = name.replace("_", " ")
    heading = subject.heading(what)
    with canvas.settings():
        if isinstance(data, dict) and "undefined" in data:
            made = canvas.empty(heading, data["undefined"])
        else:
            made = DRAWINGS[name](data, subject)
        return canvas.svg(made, f"{heading.title}: {what}")
