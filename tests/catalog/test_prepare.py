"""The prepare steps of LANGUAGE.md section 5, their arguments, and the defaults of columns with no line."""

from __future__ import annotations

import pytest

from mldsl.catalog.prepare import STEPS, default_steps
from mldsl.catalog.types import BOOL, DATE, DURATION, FLOAT, INT, STRING, Type

CHOICES = {
    "impute": "mean median most_frequent constant knn",
    "scale": "standard minmax robust power quantile",
    "encode": "onehot ordinal target",
    "parts": "year quarter month day weekday day_of_year hour minute",
}
STEP_NAMES = "impute scale encode bin tfidf embed parts polynomial pca select pass drop"
OWN = {"pixels"}  # beyond the language's list: what `embed` is not for
KINDS = ("bool", "int", "float", "string", "text", "date", "datetime", "duration", "enum", "vector", "image")


def test_every_step_of_the_language_is_there() -> None:
    assert set(STEPS) == set(STEP_NAMES.split()) | OWN


@pytest.mark.parametrize("name", CHOICES)
def test_choices(name: str) -> None:
    (parameter,) = STEPS[name].parameters
    assert parameter.required
    assert {choice.name for choice in parameter.choices} == set(CHOICES[name].split())


@pytest.mark.parametrize("name", ["bin", "polynomial", "pca", "select"])
def test_steps_that_take_a_number(name: str) -> None:
    first = STEPS[name].parameters[0]
    assert (first.name, first.value, first.required) == ("n", "int", True)
    assert first.low is not None


def test_only_constant_takes_a_value() -> None:
    taking = {
        choice.name for step in STEPS.values() for item in step.parameters for choice in item.choices if choice.takes
    }
    assert taking == {"constant"}


@pytest.mark.parametrize(
    ("step", "choice", "kind", "fits"),
    [
        ("impute", "median", "float", True),
        ("impute", "median", "string", False),
        ("impute", "most_frequent", "string", True),
        ("impute", "constant", "enum", True),
        ("impute", "knn", "bool", False),
        ("scale", "standard", "int", True),
        ("scale", "standard", "string", False),
        ("scale", "minmax", "date", False),
        ("encode", "onehot", "enum", True),
        ("encode", "onehot", "string", True),
        ("encode", "ordinal", "bool", True),
        ("encode", "target", "float", False),
        ("encode", "onehot", "text", False),
        ("bin", None, "float", True),
        ("bin", None, "string", False),
        ("tfidf", None, "text", True),
        ("tfidf", None, "int", False),
        ("embed", None, "image", True),
        ("embed", None, "float", False),
        ("parts", "year", "date", True),
        ("parts", "year", "int", False),
        ("polynomial", None, "float", True),
        ("polynomial", None, "enum", False),
        ("pca", None, "vector", True),
        ("pca", None, "string", False),
        ("select", None, "float", True),
        ("pass", None, "image", True),
        ("drop", None, "text", True),
    ],
)
def test_kinds_that_a_step_takes(step: str, choice: str | None, kind: str, fits: bool) -> None:
    found = STEPS[step].parameters[0].choice(choice) if choice else None
    assert (kind in STEPS[step].accepted(found)) == fits


@pytest.mark.parametrize(
    ("step", "choice", "fills"),
    [
        ("impute", "mean", True),
        ("impute", "constant", True),
        ("scale", "standard", False),
        ("encode", "onehot", True),  # missing is a category
        ("encode", "target", True),
        ("encode", "ordinal", False),
        ("tfidf", None, True),
        ("parts", "year", False),
        ("pass", None, False),
    ],
)
def test_steps_that_leave_no_missing_value(step: str, choice: str | None, fills: bool) -> None:
    found = STEPS[step].parameters[0].choice(choice) if choice else None
    assert STEPS[step].fills(found) == fills


def test_steps_that_no_missing_value_may_reach() -> None:
    assert {name for name, step in STEPS.items() if step.needs_complete} == {"bin", "polynomial", "pca", "select"}


def test_only_select_cannot_stand_without_a_target() -> None:
    """`encode(target)` cannot either, but the other encodings can: the choice says so."""
    assert {name for name, step in STEPS.items() if step.needs_target} == {"select"}
    method = STEPS["encode"].parameters[0]
    assert {choice.name for choice in method.choices if choice.needs_target} == {"target"}


def written(column: Type, takes_missing: bool, scaling: str | None) -> str:
    steps = default_steps(column, takes_missing, scaling)
    return " | ".join(f"{step.name}({', '.join(str(value) for value in step.arguments.values())})" for step in steps)


@pytest.mark.parametrize(
    ("column", "takes_missing", "scaling", "expected"),
    [
        (FLOAT, True, None, "pass()"),
        (FLOAT.with_null(), True, None, "pass()"),
        (FLOAT.with_null(), False, None, "impute(median)"),
        (INT.with_null(), False, "standard", "impute(median) | scale(standard)"),
        (INT, False, "standard", "scale(standard)"),
        (INT.with_null(), False, "minmax", "impute(median) | scale(minmax)"),
        (DURATION, False, "standard", "scale(standard)"),
        (BOOL, False, "standard", "pass()"),
        (BOOL.with_null(), False, "standard", "impute(most_frequent)"),
        (BOOL.with_null(), True, None, "pass()"),
        (STRING.with_null(), False, "standard", "encode(onehot)"),
        (Type("enum", values=("a",)), True, None, "encode(onehot)"),
        (Type("text", nullable=True), False, "standard", "tfidf()"),
        (DATE, False, None, "parts(('year', 'month', 'day', 'weekday'))"),
        (
            DATE.with_null(),
            False,
            "standard",
            "parts(('year', 'month', 'day', 'weekday')) | impute(median) | scale(standard)",
        ),
        (Type("vector", size=4), False, "standard", "scale(standard)"),
        (Type("vector", size=4), True, None, "pass()"),
        (Type("image"), False, None, "embed()"),
    ],
)
def test_defaults(column: Type, takes_missing: bool, scaling: str | None, expected: str) -> None:
    assert written(column, takes_missing, scaling) == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nullable", [True, False])
@pytest.mark.parametrize("takes_missing", [True, False])
@pytest.mark.parametrize("scaling", ["standard", "minmax", None])
def test_defaults_fit_and_leave_nothing_missing_that_the_algorithm_cannot_take(
    kind, nullable: bool, takes_missing: bool, scaling: str | None
) -> None:
    column = Type(kind, nullable, ("a",) if kind == "enum" else (), 3 if kind == "vector" else 0)
    missing = nullable and kind != "vector"
    for use in default_steps(column, takes_missing, scaling):
        step = STEPS[use.name]
        choices = [
            choice
            for name, value in use.arguments.items()
            if isinstance(value, str) and (choice := step.parameter(name).choice(value))
        ]
        chosen = choices[0] if choices else None
        assert kind in step.accepted(chosen), use
        assert not (missing and step.needs_complete)
        missing = missing and not step.fills(chosen)
        kind = kind if step.gives == "same" else step.gives
    assert takes_missing or not missing
    assert kind in ("int", "float", "bool", "vector", "duration")
