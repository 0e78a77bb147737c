"""The steps of a model's `prepare` block: what they accept, how their arguments are written, what they give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mldsl.catalog.types import Kind, Type
from mldsl.catalog.vocabulary import DATE_PARTS
from mldsl.records import record

StepValue = Literal[
    "choice",  # one bare word of `choices`, or a call of one that `takes` a value: constant(0)
    "choices",  # one or more bare words of `choices`
    "int",
    "number",
    "bool",
    "string",
    "range_int",  # an int or low..high
]


@record
class StepChoice:
    """One word that an argument may be.

    `accepts` narrows the step's own list (empty: the same); `takes` says that the word is called with one value, which
    has the column's type; `fills_missing` and `needs_target` add to the step's own.
    """

    name: str
    summary: str
    accepts: tuple[Kind, ...] = ()
    takes: bool = False
    fills_missing: bool = False
    needs_target: bool = False


@record
class StepParameter:
    """One argument of a step: the first by position, or any by name (`tfidf(max_features: 2_000)`).

    `low` and `high` are inclusive. A required one has no default.
    """

    name: str
    value: StepValue
    summary: str
    required: bool = False
    default: object | None = None
    choices: tuple[StepChoice, ...] = ()
    low: float | None = None
    high: float | None = None

    def choice(self, name: str) -> StepChoice | None:
        """The choice of that name."""
        return next((choice for choice in self.choices if choice.name == name), None)


@record
class Step:
    """One step.

    `accepts` are the kinds of columns it takes; `gives` is the kind of what it makes ("same", or "nothing" for
    `drop`). `fills_missing` says that no missing value is left behind it, `needs_complete` that none may reach it.
    `joint` steps look at their line's columns together, the others at each alone; `needs_target` ones cannot stand in a
    model without one. `fitted` ones learn something from the training rows.
    """

    name: str
    accepts: tuple[Kind, ...]
    gives: Kind | Literal["same", "nothing"]
    summary: str
    parameters: tuple[StepParameter, ...] = ()
    fills_missing: bool = False
    needs_complete: bool = False
    joint: bool = False
    needs_target: bool = False
    fitted: bool = True

    def parameter(self, name: str) -> StepParameter | None:
        """The parameter of that name."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)

    def accepted(self, choice: StepChoice | None = None) -> tuple[Kind, ...]:
        """The kinds of columns it takes when its argument is `choice`."""
        return choice.accepts if choice is not None and choice.accepts else self.accepts

    def fills(self, choice: StepChoice | None = None) -> bool:
        """Whether no missing value is left behind it when its argument is `choice`."""
        return self.fills_missing or (choice is not None and choice.fills_missing)

    def targeted(self, choice: StepChoice | None = None) -> bool:
        """Whether it cannot stand in a model without a target when its argument is `choice`."""
        return self.needs_target or (choice is not None and choice.needs_target)


_NUMBERS: tuple[Kind, ...] = ("int", "float", "duration")
_CATEGORIES: tuple[Kind, ...] = ("enum", "string", "bool", "int")
_TIMES: tuple[Kind, ...] = ("date", "datetime")
_FILLABLE: tuple[Kind, ...] = (*_NUMBERS, "enum", "string", "text", "bool", *_TIMES)
_ANY: tuple[Kind, ...] = (*_FILLABLE, "vector", "image")

_ROWS: tuple[Step, ...] = (
    Step(
        "impute",
        _FILLABLE,
        "same",
        "fills missing values",
        (
            StepParameter(
                "with",
                "choice",
                "what they are filled with",
                required=True,
                choices=(
                    StepChoice("mean", "the mean of the training rows", _NUMBERS),
                    StepChoice("median", "the median of the training rows", _NUMBERS),
                    StepChoice("most_frequent", "the commonest value of the training rows; the smallest of several"),
                    StepChoice("constant", "this value", takes=True),
                    StepChoice("knn", "the mean of the nearest training rows", _NUMBERS),
                ),
            ),
        ),
        fills_missing=True,
    ),
    Step(
        "scale",
        (*_NUMBERS, "vector"),
        "float",
        "brings numbers to a common scale",
        (
            StepParameter(
                "method",
                "choice",
                "the scale",
                required=True,
                choices=(
                    StepChoice("standard", "mean 0, standard deviation 1"),
                    StepChoice("minmax", "smallest 0, greatest 1"),
                    StepChoice("robust", "median 0, distance of the quartiles 1"),
                    StepChoice("power", "made normal by a power (Yeo-Johnson), then standard"),
                    StepChoice("quantile", "made uniform from 0 to 1 by rank"),
                ),
            ),
        ),
    ),
    Step(
        "encode",
        _CATEGORIES,
        "float",
        "turns categories into numbers",
        (
            StepParameter(
                "method",
                "choice",
                "how",
                required=True,
                choices=(
                    StepChoice(
                        "onehot",
                        "a column for each category; missing is one of them, unseen is none",
                        fills_missing=True,
                    ),
                    StepChoice("ordinal", "its number in the declared, else the sorted order; unseen is -1"),
                    StepChoice(
                        "target",
                        "the mean of the target, cross-fitted; missing is a category",
                        fills_missing=True,
                        needs_target=True,
                    ),
                ),
            ),
        ),
    ),
    Step(
        "bin",
        _NUMBERS,
        "int",
        "turns a number into the number of its interval, from 0; about as many training rows in each",
        (StepParameter("n", "int", "how many intervals", required=True, low=2, high=1000),),
        needs_complete=True,
    ),
    Step(
        "tfidf",
        ("text", "string"),
        "vector",
        "words weighted by how rare they are (TF-IDF); missing text has no words",
        (
            StepParameter("max_features", "int", "how many words at most", default=5000, low=1),
            StepParameter("ngrams", "range_int", "sequences of how many words count", default=1, low=1, high=5),
            StepParameter("min_count", "int", "in how many training rows a word must occur", default=1, low=1),
            StepParameter("lowercase", "bool", "whether case does not matter", default=True),
        ),
        fills_missing=True,
    ),
    Step(
        "embed",
        ("text", "string", "image"),
        "vector",
        "a vector that means much the same for things that are alike; missing is all zeros",
        (
            StepParameter("size", "int", "the vector's length", default=64, low=1, high=4096),
            StepParameter("model", "string", "a named model instead of the built-in one"),
        ),
        fills_missing=True,
    ),
    Step(
        "pixels",
        ("image",),
        "vector",
        "a picture's pixels from 0 to 1, once it is brought to a square of one size; missing is all zeros",
        (
            StepParameter("size", "int", "how many pixels a side", default=16, low=2, high=256),
            StepParameter("color", "bool", "red, green and blue in place of grey", default=False),
        ),
        fills_missing=True,
        fitted=False,
    ),
    Step(
        "parts",
        _TIMES,
        "int",
        "takes numbers out of a date or datetime",
        (
            StepParameter(
                "parts",
                "choices",
                "which",
                required=True,
                choices=tuple(StepChoice(name, summary) for name, summary in DATE_PARTS.items()),
            ),
        ),
        fitted=False,
    ),
    Step(
        "polynomial",
        _NUMBERS,
        "float",
        "adds the products of the columns up to a degree",
        (StepParameter("n", "int", "the degree", required=True, low=2, high=10),),
        needs_complete=True,
        joint=True,
        fitted=False,
    ),
    Step(
        "pca",
        (*_NUMBERS, "vector"),
        "float",
        "the directions in which the columns vary most (principal components)",
        (StepParameter("n", "int", "how many directions", required=True, low=1),),
        needs_complete=True,
        joint=True,
    ),
    Step(
        "select",
        (*_NUMBERS, "bool", "vector"),
        "float",
        "keeps the columns that say most about the target (F test)",
        (StepParameter("n", "int", "how many columns", required=True, low=1),),
        needs_complete=True,
        joint=True,
        needs_target=True,
    ),
    Step("pass", _ANY, "same", "hands the column on as it is", fitted=False),
    Step("drop", _ANY, "nothing", "leaves the column out", fitted=False),
)

STEPS: Mapping[str, Step] = {step.name: step for step in _ROWS}
"""Every prepare step by name."""


@record
class DefaultStep:
    """A step that a column with no line of its own gets, its arguments by the table's names."""

    name: str
    arguments: Mapping[str, object]


def default_steps(column: Type, takes_missing: bool, scaling: str | None) -> tuple[DefaultStep, ...]:
    """The sound default for a column of this type.

    Numbers are imputed by their median unless the algorithm takes missing values, and scaled as it wants them;
    categories are one-hot encoded; text becomes TF-IDF; dates give their parts; images are embedded; vectors are handed
    on (scaled where wanted). Bools count as 0 and 1, missing as the commonest value.
    """
    fill = (
        DefaultStep("impute", {"with": "most_frequent" if column.kind == "bool" else "median"})
        if column.nullable and not takes_missing
        else None
    )
    scale = DefaultStep("scale", {"method": scaling}) if scaling is not None else None
    match column.kind:
        case "int" | "float" | "duration":
            steps = (fill, scale)
        case "bool":
            steps = (fill, DefaultStep("pass", {}) if fill is None else None)
        case "enum" | "string":
            steps = (DefaultStep("encode", {"method": "onehot"}), None)
        case "text":
            steps = (DefaultStep("tfidf", {}), None)
        case "date" | "datetime":
            return (DefaultStep("parts", {"parts": ("year", "month", "day", "weekday")}), *_present(fill, scale))
        case "image":
            steps = (DefaultStep("embed", {}), scale)
        case "vector":
            steps = (None, scale)
        case _:
            steps = (None, None)
    return _present(*steps) or (DefaultStep("pass", {}),)


def _present(*steps: DefaultStep | None) -> tuple[DefaultStep, ...]:
    return tuple(step for step in steps if step is not None)
