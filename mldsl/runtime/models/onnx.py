"""A fitted model as an ONNX graph: what it prepares as plain operators on doubles, its estimator by skl2onnx.

The graph has an input for each of the model's columns (rows × 1): doubles for numbers, with NaN for what is missing,
dates and datetimes in seconds since 1970, durations in seconds, bools as 0 and 1; strings for categories, where an
empty one is missing. Its outputs are those of the model: the number, or the class's place among `classes` (kept in the
graph's metadata) and the probabilities.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np
import polars as pl

from mldsl.errors import UsageError
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.models.features import UNSEEN, Feature, Floats
from mldsl.runtime.models.preparation import Block
from mldsl.runtime.models.untyped import Fitted

TOLERANCE = 1e-5
"""By how much an answer may differ, relative to it where it is beyond 1: trees of ONNX have thresholds of 32 bits."""
_MOST_APART = 0.001  # the share of rows that may, since a value at a threshold may fall on its other side
_OPSET, _ML_OPSET = 18, 3
_OF_TREES = ("BoostingClassifier", "BoostingRegressor", "ForestClassifier", "ForestRegressor", "TreesClassifier",
             "TreesRegressor", "TreeClassifier", "TreeRegressor")  # fmt: skip


def check_installed() -> None:
    """Raises UsageError where the extra `onnx` is not installed."""
    for name in ("onnx", "skl2onnx", "onnxruntime"):
        if find_spec(name) is None:
            message = f"`--export onnx` needs {name}, which is not installed"
            raise UsageError(message, "install it with `pip install 'mldsl[onnx]'`")


def to_onnx(model: FittedModel) -> bytes:
    """The graph. Raises StepFailed where a part of the model has no such form."""
    import onnx

    if model.task not in ("binary", "multiclass", "regression"):
        raise _unfit("only predictions")
    if model.encoder.textual or model.encoder.pictures:
        raise _unfit("numbers and categories, not texts or pictures")
    if model.learner.calibrator is not None:
        raise _unfit("models without `calibrate`")
    if model.task != "regression" and len(model.learner.present) != model.learner.classes:
        raise _unfit("classifiers that have seen each class")
    graph = _Graph()
    numbers = graph.joined([graph.column(feature) for feature in model.encoder.numeric])
    blocks = [_block(graph, block, numbers) for block in model.preparation.blocks]
    prepared = graph.joined(blocks)
    made = graph.whole(prepared, len(model.preparation.names), model)
    onnx.checker.check_model(made)
    return made.SerializeToString()  # type: ignore[no-any-return]


def compare(model: FittedModel, data: bytes, rows: pl.DataFrame) -> float:
    """By how much the graph's answers differ from the model's on these rows, in all but a thousandth of them.

    Raises StepFailed where that is more than `TOLERANCE`.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    outputs = session.run(None, inputs(model, rows))
    answers = model.answer(rows)
    expected = answers.predicted if model.task == "regression" else answers.probabilities
    assert expected is not None
    found = np.asarray(outputs[-1], np.float64).reshape(expected.shape)
    apart = np.abs(found - expected) / np.maximum(1, np.abs(expected))
    apart = np.sort(apart.reshape(len(rows), -1).max(axis=1))
    largest = float(apart[max(0, math.ceil(len(apart) * (1 - _MOST_APART)) - 1)])
    if not largest <= TOLERANCE:
        raise StepFailed(
            f"the ONNX graph differs from the model by {largest:.2g} on the held-back rows", "serve the model by mldsl"
        )
    return largest


def inputs(model: FittedModel, rows: pl.DataFrame) -> dict[str, Any]:
    """The rows as the graph takes them."""
    matrix = model.encoder.encode(rows).numbers
    found: dict[str, Any] = {}
    for feature in model.encoder.numeric:
        if feature.kind in ("enum", "string"):
            texts = rows[feature.name].cast(pl.String).fill_null("").to_list()
            found[feature.name] = np.array(texts, dtype=object).reshape(-1, 1)
        else:
            found[feature.name] = matrix[:, list(model.encoder.places(feature.name))]
    return found


def _unfit(what: str) -> StepFailed:
    return StepFailed(f"the model has no form in ONNX: only {what} have one", "leave `--export onnx` out")


@dataclass(slots=True)
class _Graph:
    """Nodes and constants so far; each operation gives the name of its result."""

    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)
    given: list[Any] = field(default_factory=list)

    def add(self, operator: str, *names: str, domain: str = "", **attributes: Any) -> str:  # noqa: ANN401
        from onnx import helper

        out = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(names), [out], domain=domain, **attributes))
        return out

    def constant(self, value: Any) -> str:  # noqa: ANN401
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def column(self, feature: Feature) -> str:
        """A feature's numbers, as `Encoder.encode` has them."""
        from onnx import TensorProto, helper

        categorical = feature.kind in ("enum", "string")
        type_ = TensorProto.STRING if categorical else TensorProto.DOUBLE
        self.given.append(helper.make_tensor_value_info(feature.name, type_, [None, feature.size]))
        if not categorical:
            return feature.name
        keys = ["", *feature.categories]
        values = [math.nan, *map(float, range(len(feature.categories)))]
        codes = self.add(
            "LabelEncoder",
            feature.name,
            domain="ai.onnx.ml",
            keys_strings=keys,
            values_floats=values,
            default_float=UNSEEN,
        )
        return self.add("Cast", codes, to=TensorProto.DOUBLE)

    def joined(self, names: list[str]) -> str:
        """Columns side by side."""
        return names[0] if len(names) == 1 else self.add("Concat", *names, axis=1)

    def filled(self, value: str, others: Floats) -> str:
        """`others` where a value is missing."""
        return self.add("Where", self.add("IsNaN", value), self.constant(others[None, :]), value)

    def whole(self, prepared: str, width: int, model: FittedModel) -> Any:  # noqa: ANN401 - ONNX has no types
        """With the estimator, as one model."""
        from onnx import TensorProto, compose, helper

        type_ = TensorProto.DOUBLE
        if type(model.learner.estimator).__name__.endswith(_OF_TREES):
            type_ = TensorProto.FLOAT  # ONNX's trees look at floats of 32 bits
            prepared = self.add("Cast", prepared, to=type_)
        result = helper.make_tensor_value_info(prepared, type_, [None, width])
        graph = helper.make_graph(self.nodes, "prepare", self.given, [result], self.constants)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid("ai.onnx.ml", _ML_OPSET)]
        first = helper.make_model(graph, opset_imports=opsets)
        second = compose.add_prefix(_estimator(model.learner.estimator, width, type_), "model_")
        del second.opset_import[:]  # skl2onnx takes the oldest that its operators are in
        second.opset_import.extend(opsets)
        first.ir_version = second.ir_version = min(first.ir_version, second.ir_version)
        made = compose.merge_models(first, second, io_map=[(prepared, second.graph.input[0].name)])
        classes = model.target.names() if model.target is not None else ()
        helper.set_model_props(made, {"classes": json.dumps(list(classes)), "threshold": str(model.threshold)})
        return made


def _estimator(estimator: Fitted, width: int, type_: int) -> Any:  # noqa: ANN401
    from onnx import TensorProto
    from skl2onnx import to_onnx as convert
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    given = DoubleTensorType if type_ == TensorProto.DOUBLE else FloatTensorType
    options = {id(estimator): {"zipmap": False}} if hasattr(estimator, "predict_proba") else None
    try:
        return convert(
            estimator,
            initial_types=[("prepared", given([None, width]))],
            options=options,
            target_opset={"": _OPSET, "ai.onnx.ml": _ML_OPSET},
        )
    except Exception as error:
        words = " ".join(str(error).split())[:200]
        raise StepFailed(f"`{type(estimator).__name__}` has no form in ONNX: {words}") from error


# --- prepare steps ---------------------------------------------------------------------------------------------------


def _block(graph: _Graph, block: Block, numbers: str) -> str:
    found = graph.add("Gather", numbers, graph.constant(np.array(block.columns, np.int64)), axis=1)
    for step in block.steps:
        if step is not None:
            make = _STEPS.get(type(step).__name__)
            if make is None:
                raise StepFailed(f"the prepare step of `{type(step).__name__}` has no form in ONNX")
            found = make(graph, step, found)
    return found


def _onehot(graph: _Graph, step: Fitted, value: str) -> str:
    from onnx import TensorProto

    known = [np.asarray(column, np.float64) for column in step.categories_]
    places = np.repeat(np.arange(len(known)), [len(column) for column in known]).astype(np.int64)
    flat = np.concatenate(known)
    wide = graph.add("Gather", value, graph.constant(places), axis=1)
    same = graph.add("Equal", wide, graph.constant(np.nan_to_num(flat, nan=-2.0)[None, :]))
    gap = graph.add("And", graph.add("IsNaN", wide), graph.constant(np.isnan(flat)[None, :]))
    return graph.add("Cast", graph.add("Or", same, gap), to=TensorProto.DOUBLE)


def _ordinals(graph: _Graph, step: Fitted, value: str) -> str:
    """Each column by comparisons with its categories: -1, and one more than its place for the one that is the same."""
    from onnx import TensorProto

    columns = []
    for place, known in enumerate(step.categories):
        one = graph.add("Gather", value, graph.constant(np.array([place], np.int64)), axis=1)
        same = graph.add("Cast", graph.add("Equal", one, graph.constant(known[None, :])), to=TensorProto.DOUBLE)
        numbered = graph.add("MatMul", same, graph.constant(np.arange(1.0, len(known) + 1)[:, None]))
        found = graph.add("Sub", numbered, graph.constant(np.array([[1.0]])))
        columns.append(graph.add("Where", graph.add("IsNaN", one), one, found))
    return graph.joined(columns)


def _divided(center: str, scale: str) -> Callable[[_Graph, Fitted, str], str]:
    def make(graph: _Graph, step: Fitted, value: str) -> str:
        moved = graph.add("Sub", value, graph.constant(getattr(step, center)[None, :]))
        return graph.add("Div", moved, graph.constant(getattr(step, scale)[None, :]))

    return make


def _minmax(graph: _Graph, step: Fitted, value: str) -> str:
    scaled = graph.add("Mul", value, graph.constant(step.scale_[None, :]))
    return graph.add("Add", scaled, graph.constant(step.min_[None, :]))


_STEPS: Mapping[str, Callable[[_Graph, Any, str], str]] = {
    "SimpleImputer": lambda graph, step, value: graph.filled(value, np.asarray(step.statistics_, np.float64)),
    "Constants": lambda graph, step, value: graph.filled(value, np.array(step.values, np.float64)),
    "StandardScaler": _divided("mean_", "scale_"),
    "RobustScaler": _divided("center_", "scale_"),
    "MinMaxScaler": _minmax,
    "OneHotEncoder": _onehot,
    "Ordinals": _ordinals,
}
"""By the class of the step."""
