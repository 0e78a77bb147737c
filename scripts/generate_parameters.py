"""Writes `mldsl/catalog/data/sklearn.json`: the parameters of scikit-learn's estimators, from their own constraints.

Run it with the scikit-learn that the data shall describe: `python scripts/generate_parameters.py`. With `--check` it
writes nothing and exits with status 1 where the file differs.
"""

from __future__ import annotations

import argparse
import inspect
import json
import math
import sys
import warnings
from collections.abc import Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import sklearn
from sklearn.base import is_classifier, is_clusterer, is_outlier_detector, is_regressor
from sklearn.utils import _param_validation as validation
from sklearn.utils import get_tags
from sklearn.utils.discovery import all_estimators

TARGET = Path(__file__).parent.parent / "mldsl" / "catalog" / "data" / "sklearn.json"

# What the prepare steps are made of.
TRANSFORMERS = (
    "FunctionTransformer",
    "KBinsDiscretizer",
    "KNNImputer",
    "MinMaxScaler",
    "OneHotEncoder",
    "OrdinalEncoder",
    "PCA",
    "PolynomialFeatures",
    "PowerTransformer",
    "QuantileTransformer",
    "RobustScaler",
    "SelectKBest",
    "SimpleImputer",
    "StandardScaler",
    "TargetEncoder",
    "TfidfVectorizer",
    "TruncatedSVD",
)

# Strings that stand for "not given" in parameters that are on their way out.
DEPRECATED_VALUES = ("deprecated", "warn")


def generate() -> dict[str, Any]:
    """The whole file's content."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {public_path(cls): describe_class(cls) for _, cls in sorted(all_estimators()) if is_wanted(cls)}
    return {"library": "scikit-learn", "version": sklearn.__version__, "classes": found}


def is_wanted(cls: type) -> bool:
    """Whether a model or a prepare step could be of this class."""
    return cls.__name__ in TRANSFORMERS or bool(tasks(cls))


def public_path(cls: type) -> str:
    """The dotted path that the documentation gives."""
    parts = cls.__module__.split(".")
    private = next((index for index, part in enumerate(parts) if part.startswith("_")), len(parts))
    return ".".join([*parts[:private], cls.__name__])


def tasks(cls: type) -> list[str]:
    """What a model of this class can be asked to do; empty for what is no model of one target."""
    made = instance(cls)
    if made is None:
        return []
    tags = get_tags(made)
    if is_classifier(made):
        return ["binary", "multiclass"] if tags.classifier_tags.multi_class else ["binary"]
    if is_regressor(made):
        return ["regression"] if tags.target_tags.single_output and not tags.input_tags.one_d_array else []
    if is_clusterer(made):
        return ["cluster"] if hasattr(made, "fit_predict") else []
    if is_outlier_detector(made):
        return ["anomaly"]
    return ["cluster"] if hasattr(made, "fit_predict") else []


def instance(cls: type) -> object | None:
    """The class with its defaults; None where it needs another estimator to be made or to be anything."""
    try:
        made = cls()
        get_tags(made)
    except (TypeError, AttributeError):
        return None
    return made


def describe_class(cls: type) -> dict[str, Any]:
    """One class's entry."""
    made = instance(cls)
    signature = inspect.signature(cls.__init__).parameters
    constraints = getattr(cls, "_parameter_constraints", {})
    return {
        "tasks": tasks(cls),
        "takes_missing": bool(get_tags(made).input_tags.allow_nan),
        "probabilities": hasattr(made, "predict_proba"),
        "predicts": hasattr(made, "predict"),
        "parameters": {
            name: describe_parameter(constraints.get(name, "no_validation"), signature[name].default)
            for name in sorted(signature)
            if name != "self" and signature[name].kind is not inspect.Parameter.VAR_KEYWORD
        },
    }


def describe_parameter(constraints: Sequence[object] | str, default: object) -> dict[str, Any]:
    """One parameter's entry, as `mldsl.catalog.constraints.read_spec` reads it."""
    offered, hidden = [], []
    for item in [constraints] if isinstance(constraints, str) else constraints:
        if isinstance(item, validation.Hidden):
            hidden += describe_constraint(item.constraint)
        else:
            offered += describe_constraint(item)
    entry: dict[str, Any] = {"allow": unique(offered)}
    if isinstance(default, str) and default in DEPRECATED_VALUES:
        entry["deprecated"] = True
    elif is_plain(default):
        entry["default"] = list(default) if isinstance(default, tuple) else default
    if unique(hidden):
        entry["hidden"] = unique(hidden)
    return entry


def unique(items: list[Any]) -> list[Any]:
    """The items once each, in order."""
    return [item for index, item in enumerate(items) if item not in items[:index]]


def is_plain(value: object) -> bool:
    """Whether a program can write it."""
    if isinstance(value, tuple):
        return all(is_plain(item) for item in value)
    return value is None or isinstance(value, (bool, int, str)) or (isinstance(value, float) and math.isfinite(value))


def describe_constraint(item: object) -> list[Any]:
    """The stored form of one of scikit-learn's constraints; several where it has parts."""
    match item:
        case validation.Interval():
            return describe_interval(item)
        case validation.Options():
            return describe_options(item)
        case validation.MissingValues():
            return ["int", "float", "string", "null"]
        case None:
            return ["null"]
        case str():
            return NAMED[item]
        case type():
            return [next((name for cls, name in TYPES if issubclass(item, cls)), "object")]
        case _:
            return ["object"]


NAMED: dict[str, list[Any]] = {
    "array-like": ["list"],
    "sparse matrix": ["object"],
    "random_state": [["int", 0, 2**32 - 1, "both"], "object", "null"],
    "boolean": ["bool"],
    "verbose": [["int", 0, None, "left"], "bool"],
    "cv_object": [["int", 2, None, "left"], "object", "null"],
    "nan": ["object"],
    "no_validation": ["any"],
}
TYPES: tuple[tuple[type, str], ...] = (
    (str, "string"),
    (tuple, "list"),
    (bool, "bool"),
    (Integral, "int"),
    (Real, "float"),
)


def describe_interval(item: validation.Interval) -> list[Any]:
    """`["int", low, high, closed]`."""
    number = {Integral: "int", validation.RealNotInt: "float"}.get(item.type, "number")
    return [[number, bound(item.left), bound(item.right), item.closed]]


def bound(value: float | None) -> float | None:
    """A bound as JSON has it: none where it is infinite."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else float(value)


def describe_options(item: validation.Options) -> list[Any]:
    """`["options", …]`, sorted, without what no program can write and without marks of deprecation."""
    written = [value for value in item.options if is_plain(value) and value not in DEPRECATED_VALUES]
    return [["options", *sorted(written, key=str)]] if written else ["object"]


def render(content: dict[str, Any]) -> str:
    """JSON with one line a parameter, so that a change is one line of a diff."""
    classes = []
    for path, entry in sorted(content["classes"].items()):
        facts = ", ".join(f"{json.dumps(key)}: {json.dumps(entry[key])}" for key in entry if key != "parameters")
        lines = [f"   {json.dumps(name)}: {json.dumps(spec)}" for name, spec in entry["parameters"].items()]
        body = ",\n".join(lines)
        classes.append(f' {json.dumps(path)}: {{{facts}, "parameters": {{\n{body}\n  }}}}')
    head = ",\n".join(f"{json.dumps(key)}: {json.dumps(content[key])}" for key in content if key != "classes")
    inner = ",\n".join(classes)
    return f'{{\n{head},\n"classes": {{\n{inner}\n}}\n}}\n'


def main() -> int:
    """Write the file, or say whether it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 where the file differs")
    check = parser.parse_args().check
    text = render(generate())
    if check:
        return int(TARGET.read_text(encoding="utf-8") != text)
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET}: {len(json.loads(text)['classes'])} classes of scikit-learn {sklearn.__version__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
