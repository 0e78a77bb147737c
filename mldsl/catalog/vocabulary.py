"""The small closed word lists of the language: roles, type names, reports, live metrics, engines, actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mldsl.catalog.tasks import Task
from mldsl.records import record


@record
class Role:
    """What a role beside a column's type says.

    `feature` is false where a model takes such a column only when `features:` names it; `allowed` is false where a
    feature can never be one.
    """

    name: str
    summary: str
    allowed: bool = True
    feature: bool = False


ROLES: Mapping[str, Role] = {
    role.name: role
    for role in (
        Role("key", "identifies a row; several make one composite key"),
        Role("time", "when the row became known"),
        Role("entity", "rows with one value are about one person, customer or machine: never on both sides of a split"),
        Role("after", "known only after the moment of prediction: the target may be made from it", allowed=False),
        Role("sensitive", "a protected attribute: always available for slices and fairness"),
    )
}
"""The roles that a column can have."""


@record
class TypeName:
    """A type as it is written; `arguments` says what stands in its parentheses."""

    name: str
    summary: str
    arguments: Literal["none", "values", "size"] = "none"


TYPE_NAMES: Mapping[str, TypeName] = {
    item.name: item
    for item in (
        TypeName("bool", "true or false"),
        TypeName("int", "a whole number of 64 bits"),
        TypeName("float", "a number of 64 bits"),
        TypeName("string", "a category or a code"),
        TypeName("text", "free language"),
        TypeName("date", "a day"),
        TypeName("datetime", "a moment in UTC, to the microsecond"),
        TypeName("duration", "a length of time"),
        TypeName("enum", "one of the strings listed, in their order", arguments="values"),
        TypeName("vector", "that many floats", arguments="size"),
        TypeName("image", "a picture"),
    )
}
"""The types that a program can write."""


@record
class Report:
    """A drawing or a table for the report of an evaluation; `probabilities` says whether the model must give them."""

    name: str
    tasks: tuple[Task, ...]
    summary: str
    probabilities: bool = False


_CLASSES: tuple[Task, ...] = ("binary", "multiclass", "anomaly")

REPORTS: Mapping[str, Report] = {
    report.name: report
    for report in (
        Report("roc_curve", ("binary", "anomaly"), "true positives against false positives", probabilities=True),
        Report("pr_curve", ("binary", "anomaly"), "precision against recall", probabilities=True),
        Report("calibration_curve", ("binary",), "how often what is said with 70% comes true", probabilities=True),
        Report("score_histogram", ("binary", "anomaly"), "how the scores of each class lie", probabilities=True),
        Report("confusion_matrix", _CLASSES, "which class is taken for which"),
        Report("class_report", _CLASSES, "precision, recall and f1 of every class"),
        Report("feature_importance", ("binary", "multiclass", "regression"), "what each feature adds, by permutation"),
        Report("residuals", ("regression",), "the errors against the predictions"),
        Report("predicted_actual", ("regression",), "the predictions against the truth"),
        Report("cluster_sizes", ("cluster",), "how many rows each cluster has"),
    )
}
"""What `report:` can list."""

ROLLBACK_METRICS: Mapping[str, str] = {
    "error_rate": "the share of requests that failed, from 0 to 1",
    "latency_p50": "the median time to answer, a duration",
    "latency_p99": "the time in which 99% of requests are answered, a duration",
    "prediction_mean": "the mean of the predictions (of the positive class's probability)",
}
"""What `rollback when` can look at."""

DATE_PARTS: Mapping[str, str] = {
    "year": "the year",
    "quarter": "1 to 4",
    "month": "1 to 12",
    "day": "the day of the month",
    "weekday": "1 (Monday) to 7",
    "day_of_year": "1 to 366",
    "hour": "0 to 23",
    "minute": "0 to 59",
}
"""What `parts(…)` can take out of a date or a datetime."""


@record
class Engine:
    """What computes tables; `argument` is what stands in its parentheses, `extra` the package extra that brings it."""

    name: str
    summary: str
    argument: str | None = None
    extra: str | None = None


ENGINES: Mapping[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine("polars", "in this process, lazily and on all cores"),
        Engine("duckdb", "in this process, in SQL", extra="sql"),
        Engine("spark", "on a cluster", argument="master-url", extra="spark"),
    )
}
"""What `engine:` can name."""

ACTIONS: Mapping[str, str] = {
    "retrain": "train again; the new model passes the same gates",
    "rollback": "go back to the model before",
    "notify": "tell a webhook",
}
"""What `on breach` can do."""
