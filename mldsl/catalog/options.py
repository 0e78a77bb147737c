"""The options of every declaration, block and option-like call; which blocks, roles, reports and engines there are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from mldsl.catalog.vocabulary import (
    ACTIONS,
    DATE_PARTS,
    ENGINES,
    REPORTS,
    ROLES,
    ROLLBACK_METRICS,
    TYPE_NAMES,
    Report,
    Role,
)
from mldsl.records import record

__all__ = [
    "ACTIONS",
    "BLOCKS",
    "DATE_PARTS",
    "ENGINES",
    "EXCLUSIVE",
    "ONE_OF",
    "OPTIONS",
    "REPORTS",
    "ROLES",
    "ROLLBACK_METRICS",
    "STATEMENTS",
    "TYPE_NAMES",
    "OptionKind",
    "OptionSpec",
    "Report",
    "Role",
]

OptionKind = Literal[
    "string",
    "strings",
    "int",
    "number",  # an int or a float
    "share",  # a number from 0 to 1, usually written as a percentage
    "bool",
    "duration",
    "size",  # bytes: 4Gi
    "column",
    "columns",  # names and selectors
    "metric",
    "name",  # one of `choices`, a bare word
    "names",  # several of `choices`
    "schedule",  # cron("…", timezone: "…")
    "timezone",
    "engine",  # one of ENGINES, spark("url") with its argument
    "tracking",  # mlflow("uri")
    "notify",  # a string or secret("…"): where a message goes
    "range_int",  # an int or low..high
    "threshold",  # a number from 0 to 1, maximize(metric) or cost(…)
    "calibrate",  # isotonic or sigmoid
    "table",
    "path",
    "connector",  # a connector's call, where a table is written
    "report",
    "device",  # what `gpu` counts: "nvidia.com/gpu"
    "label",  # of a node: "key=value"
    "toleration",  # of a node's taint: "key=value:NoSchedule"
    "volume",  # "claim:/mount/path"
    "value",  # any literal
]


@record
class OptionSpec:
    """One option.

    `many` allows a list; `low` and `high` bound numbers (durations in seconds, sizes in bytes), `low` itself is
    refused where `above` is true; `default` is None where there is none or where it depends on something else (then
    `summary` says on what).
    """

    name: str
    kind: OptionKind
    summary: str
    required: bool = False
    many: bool = False
    default: object | None = None
    low: float | None = None
    high: float | None = None
    above: bool = False
    choices: tuple[str, ...] = ()


def _table(*specs: OptionSpec) -> Mapping[str, OptionSpec]:
    return {spec.name: spec for spec in specs}


_SCHEDULE = OptionSpec("schedule", "schedule", 'when it runs: `cron("0 3 * * *", timezone: "Europe/Berlin")`')
_EVERY = OptionSpec("every", "duration", "how often it runs, instead of a schedule", low=0, above=True)
_SEED = OptionSpec("seed", "int", "where all randomness starts", default=0, low=0, high=2**32 - 1)

_PIPELINE = _table(
    OptionSpec("owner", "string", "who answers for it"),
    OptionSpec("description", "string", "what it is for"),
    _SCHEDULE,
    _EVERY,
    _SEED,
    OptionSpec("retries", "int", "how often a failed step is tried again", default=0, low=0),
    OptionSpec("retry_delay", "duration", "how long to wait before that", low=0),
    OptionSpec("timeout", "duration", "how long one attempt at a step may take; it is stopped then", low=0, above=True),
    OptionSpec("tags", "strings", "words to find it by", many=True),
    OptionSpec("artifacts", "path", "the directory or URI of the artifact store", default=".mldsl"),
    OptionSpec("engine", "engine", "what computes tables", default="polars"),
    OptionSpec("tracking", "tracking", 'where runs are tracked: `mlflow("uri")`'),
    OptionSpec("notify", "notify", "where a failed run is told: a webhook"),
)


def _share(part: str, summary: str, required: bool = False) -> OptionSpec:
    return OptionSpec(part, "share", summary, required=required, low=0, high=1, above=True)


OPTIONS: Mapping[str, Mapping[str, OptionSpec]] = {
    "pipeline": _PIPELINE,
    "profile": _PIPELINE,
    "split": _table(
        _share("train", "the share of rows that models are fitted on", required=True),
        _share("validation", "the share of rows that thresholds, calibration and early stopping use"),
        _share("test", "the share of rows that models are judged on"),
        OptionSpec("stratify", "column", "every part gets this column's values in the same proportions"),
        OptionSpec("time", "column", "train is the past, test the future"),
        OptionSpec("group", "column", "no value of this column is in two parts"),
        OptionSpec("seed", "int", "the split's own seed; the pipeline's by default", low=0, high=2**32 - 1),
        OptionSpec("random", "bool", "a random split of a table with a time column is meant", default=False),
        OptionSpec("budget", "int", "how many models the test part may judge", default=1, low=1),
    ),
    "model": _table(
        OptionSpec(
            "features", "columns", "the columns it learns from; all but the target and those with a role", many=True
        ),
        OptionSpec("class_weight", "name", "`balanced`: rare classes count more", choices=("balanced",)),
        OptionSpec("weight", "column", "how much each row counts"),
        OptionSpec("calibrate", "calibrate", "how probabilities are calibrated", choices=("isotonic", "sigmoid")),
        OptionSpec("threshold", "threshold", "from which probability on a row is positive", default=0.5, low=0, high=1),
        OptionSpec("positive", "value", "the positive class; the second value of a two-valued enum by default"),
    ),
    "tune": _table(
        OptionSpec("maximize", "metric", "the metric to make as great as possible"),
        OptionSpec("minimize", "metric", "the metric to make as small as possible"),
        OptionSpec("trials", "int", "how many settings are tried", default=40, low=1),
        OptionSpec("cv", "int", "how many folds each is tried on", default=5, low=2),
        OptionSpec(
            "timeout",
            "duration",
            "when to stop trying; what has not ended soon after that is stopped and does not count",
            low=0,
            above=True,
        ),
        OptionSpec("sampler", "name", "how settings are chosen", default="tpe", choices=("tpe", "random", "grid")),
        OptionSpec("parallel", "int", "how many settings are tried at once; as the run has workers by default", low=1),
    ),
    "resources": _table(
        OptionSpec("cpu", "number", "processor cores", low=0, above=True),
        OptionSpec("memory", "size", "memory", low=0, above=True),
        OptionSpec("gpu", "int", "graphics processors", low=0),
        OptionSpec(
            "accelerator", "device", "the kind of device that `gpu` counts; in pods `nvidia.com/gpu` by default"
        ),
        OptionSpec("node_selector", "label", 'labels that the nodes of pods must have: `"pool=ml"`', many=True),
        OptionSpec("tolerations", "toleration", 'taints that do not keep pods away: `"gpu=yes:NoSchedule"`', many=True),
        OptionSpec("volumes", "volume", 'claims on volumes, and where pods find them: `"shared:/data"`', many=True),
    ),
    "evaluate": _table(
        OptionSpec("against", "column", "the bool column that says which rows really are anomalies"),
        OptionSpec("report", "report", "drawings for the report", many=True),
    ),
    "deploy.endpoint": _table(
        OptionSpec("replicas", "range_int", "how many copies answer: `2` or `2..10`", default=1, low=1),
    ),
    "deploy.batch": _table(
        _SCHEDULE,
        _EVERY,
        OptionSpec(
            "write",
            "connector",
            "where the predictions are written; `{run_date}` and parameters are filled in; by default "
            "`batch/NAME/{run_date}.parquet` in the artifact store",
        ),
        OptionSpec("columns", "columns", "the columns to write; the key and the predictions by default", many=True),
    ),
    "deploy.registry": _table(),
    "monitor": _table(
        OptionSpec(
            "every", "duration", "how often it looks; a day by default", default=timedelta(days=1), low=0, above=True
        ),
        OptionSpec("labels", "table", "the table that holds what really happened; joined on the key"),
    ),
    "transform.python": _table(
        OptionSpec("rowwise", "bool", "each row's result depends on that row alone", default=False),
    ),
    "transform.sql": _table(),
    "schedule.cron": _table(OptionSpec("timezone", "timezone", "the clock that the expression means", default="UTC")),
    "threshold.cost": _table(
        OptionSpec("false_positive", "number", "what a false alarm costs", required=True, low=0),
        OptionSpec("false_negative", "number", "what a missed positive costs", required=True, low=0),
    ),
    "monitor.drift": _table(
        OptionSpec(
            "method",
            "name",
            "the distance; by default Wasserstein's in standard deviations of the training rows for numbers, and the "
            "Jensen-Shannon distance (the root of the divergence, to base 2) for categories",
            choices=("psi", "ks"),
        ),
    ),
}
"""From a declaration, a block or a call to its options by name."""

ONE_OF: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "tune": (("maximize", "minimize"),),
}
"""Options of which exactly one must be given."""

EXCLUSIVE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "pipeline": (("schedule", "every"),),
    "profile": (("schedule", "every"),),
    "deploy.batch": (("schedule", "every"),),
    "split": (("time", "stratify"), ("time", "random")),
    "tune": (("maximize", "minimize"),),
}
"""Options of which at most one may be given."""

BLOCKS: Mapping[str, tuple[str, ...]] = {
    "pipeline": ("resources",),
    "model": ("prepare", "algorithm", "tune", "resources"),
    "deploy.endpoint": ("rollout", "resources"),
    "deploy.batch": ("resources",),
    "deploy.registry": (),
    "monitor": ("on breach",),
    "profile": ("resources",),
}
"""The named blocks that may stand in a declaration."""

STATEMENTS: Mapping[str, tuple[str, ...]] = {
    "check": ("expect",),
    "evaluate": ("expect",),
    "deploy.endpoint": ("require", "rollback when"),
    "deploy.batch": ("require",),
    "deploy.registry": ("require",),
    "monitor": ("expect",),
    "profile": ("source", "param"),
}
"""The statements, other than options and blocks, that may stand in a declaration."""
