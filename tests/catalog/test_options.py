"""The options, blocks and word lists of LANGUAGE.md section 5, and that they fit the typed program."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest

from mldsl.catalog.metrics import METRICS
from mldsl.catalog.options import (
    ACTIONS,
    BLOCKS,
    DATE_PARTS,
    ENGINES,
    EXCLUSIVE,
    ONE_OF,
    OPTIONS,
    REPORTS,
    ROLES,
    ROLLBACK_METRICS,
    STATEMENTS,
    TYPE_NAMES,
    OptionKind,
)
from mldsl.catalog.types import GROUPS, Kind

LANGUAGE = {
    "pipeline": (
        "owner description schedule every seed retries retry_delay timeout tags artifacts engine tracking notify"
    ),
    "split": "train validation test stratify time group seed random budget",
    "model": "features class_weight weight calibrate threshold positive",
    "tune": "maximize minimize trials cv timeout sampler parallel",
    "resources": "cpu memory gpu accelerator node_selector tolerations volumes",
    "evaluate": "against report",
    "deploy.endpoint": "replicas",
    "deploy.batch": "schedule every write columns",
    "deploy.registry": "",
    "monitor": "every labels",
    "transform.python": "rowwise",
    "schedule.cron": "timezone",
    "threshold.cost": "false_positive false_negative",
    "monitor.drift": "method",
}
SPECS = [(block, spec) for block, specs in OPTIONS.items() for spec in specs.values()]
IDS = [f"{block}.{spec.name}" for block, spec in SPECS]


@pytest.mark.parametrize("block", LANGUAGE)
def test_options_of_the_language(block: str) -> None:
    assert set(OPTIONS[block]) == set(LANGUAGE[block].split())


def test_a_profile_overrides_the_pipelines_options() -> None:
    assert OPTIONS["profile"] == OPTIONS["pipeline"]


@pytest.mark.parametrize(("block", "spec"), SPECS, ids=IDS)
def test_a_row_is_complete(block: str, spec) -> None:
    assert spec.kind in get_args(OptionKind)
    assert spec.summary and not spec.summary.endswith(".")
    assert not (spec.required and spec.default is not None)
    assert bool(spec.choices) == (spec.kind in ("name", "names", "calibrate"))
    if spec.default is not None and spec.low is not None:
        size = spec.default.total_seconds() if isinstance(spec.default, timedelta) else spec.default
        assert spec.low <= size <= (spec.high or size)


def test_defaults_that_the_language_gives() -> None:
    pipeline, split, tune = OPTIONS["pipeline"], OPTIONS["split"], OPTIONS["tune"]
    assert (pipeline["seed"].default, pipeline["artifacts"].default, pipeline["engine"].default) == (
        0,
        ".mldsl",
        "polars",
    )
    assert (split["budget"].default, split["random"].default) == (1, False)
    assert tune["sampler"].choices == ("tpe", "random", "grid")
    assert tune["cv"].default == 5


def test_what_must_and_what_cannot_stand_together() -> None:
    for groups in (ONE_OF, EXCLUSIVE):
        for block, sets in groups.items():
            for names in sets:
                assert set(names) <= set(OPTIONS[block])
    assert ONE_OF["tune"] == (("maximize", "minimize"),)
    assert ("schedule", "every") in EXCLUSIVE["pipeline"]


def test_blocks_and_statements() -> None:
    assert set(BLOCKS["model"]) == {"prepare", "algorithm", "tune", "resources"}
    assert set(BLOCKS["deploy.endpoint"]) == {"rollout", "resources"}
    assert set(STATEMENTS["deploy.endpoint"]) == {"require", "rollback when"}
    assert "rollout" not in BLOCKS["deploy.batch"]
    for declaration in BLOCKS:
        assert declaration in OPTIONS


def test_roles() -> None:
    assert set(ROLES) == {"key", "time", "entity", "after", "sensitive"}
    assert [name for name, role in ROLES.items() if not role.allowed] == ["after"]


def test_types() -> None:
    assert set(TYPE_NAMES) == set(get_args(Kind)) - {"null", "any"}
    assert TYPE_NAMES["enum"].arguments == "values"
    assert TYPE_NAMES["vector"].arguments == "size"
    assert set(GROUPS) == {"numeric", "categorical", "text", "temporal"}


def test_reports() -> None:
    named = {"roc_curve", "calibration_curve", "confusion_matrix", "feature_importance"}  # in LANGUAGE.md's example
    assert named | {"pr_curve", "residuals"} <= set(REPORTS)
    assert REPORTS["roc_curve"].probabilities
    assert REPORTS["residuals"].tasks == ("regression",)
    assert "multiclass" in REPORTS["confusion_matrix"].tasks


def test_other_words() -> None:
    assert set(ROLLBACK_METRICS) == {"error_rate", "latency_p50", "latency_p99", "prediction_mean"}
    assert not set(ROLLBACK_METRICS) & set(METRICS)
    assert set(ENGINES) == {"polars", "duckdb", "spark"}
    assert ENGINES["spark"].argument
    assert set(ACTIONS) == {"retrain", "rollback", "notify"}
    assert {"year", "month", "weekday"} <= set(DATE_PARTS)
