"""The text of the pipeline that `mldsl new` writes."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor, log10

from mldsl.cli.declaring import TAKEN, call, free_name, identifier, string
from mldsl.cli.looking import DataColumn
from mldsl.cli.starter.data import DataFile
from mldsl.cli.starter.roles import Roles, roles
from mldsl.cli.starter.target import Target, chance
from mldsl.source import SourceFile
from mldsl.syntax.fmt import format_text

_MOST_RANGES = 6
_TEST_SHARE = 0.3
_ENOUGH_TO_BE_SURE = 100  # test rows: with fewer, a good model too may be inconclusive
_ALGORITHMS = {
    "binary": ("logistic_regression", "gradient_boosting"),
    "multiclass": ("logistic_regression", "gradient_boosting"),
    "regression": ("ridge", "gradient_boosting"),
}
_REPORTS = {
    "binary": "roc_curve, confusion_matrix, feature_importance",
    "multiclass": "confusion_matrix, class_report, feature_importance",
    "regression": "predicted_actual, residuals, feature_importance",
}


def program(name: str, path: str, data: DataFile, target: Target) -> str:
    """A whole program for the data, which it reads at `path`; laid out, without mistakes, and ready to run."""
    writer = _Writer(name, path, data, target, roles(data, target.column))
    blocks = [writer.pipeline(), writer.source(), writer.check(), writer.transform(), writer.split()]
    blocks += [writer.model(), writer.evaluate()]
    text = "\n\n".join("\n".join(lines) for block in blocks if (lines := list(block))) + "\n"
    return format_text(SourceFile(f"{name}.ml", text)).text or text


class _Writer:
    """The declarations, each as its lines, and what they are called."""

    def __init__(self, name: str, path: str, data: DataFile, target: Target, roles: Roles) -> None:
        self._name, self._path, self._data, self._target, self._roles = name, path, data, target, roles
        self._column = target.column.name
        names: list[str] = []
        for wanted in (identifier(data.path.stem) or "rows", "labelled", "data", f"{self._column}_model"):
            names.append(free_name(wanted, (*TAKEN, *names)))
        self._source, self._transform, self._split, self._model = names
        self._learned = self._transform if target.lines else self._source
        self._tested = _TEST_SHARE * (data.rows - target.column.facts.nulls)

    def pipeline(self) -> Iterator[str]:
        yield f"## Predicts {self._column}. A start written by `mldsl new`: change whatever you know better."
        yield f"pipeline {self._name} {{ seed: 42 }}"

    def source(self) -> Iterator[str]:
        opened = call(self._data.connector, {"path": self._path, **self._data.arguments})
        yield f"source {self._source} = {opened} {{"
        for column in self._data.columns:
            why = self._roles.left_out.get(column.name)
            yield self._field(column) if why is None else f"# {column.name} is left out: {why}"
        yield "}"

    def _field(self, column: DataColumn) -> str:
        roles, raw = self._roles, "" if column.name == column.raw else f" from {string(column.raw)}"
        if column is self._target.column:
            note = f"  # {self._target.note}" if self._target.note else ""
            return f"{column.name}: {self._target.type}{raw}{note}"
        type_ = str(column.type)
        if column.name in roles.texts:
            type_ = type_.replace("string", "text")
        role = {roles.key: " key", roles.entity: " entity"}.get(column.name, "")
        is_time = column.type.kind in ("date", "datetime") and not column.type.nullable
        note = "  # write `time` behind it if the row was known then" if is_time else ""
        return f"{column.name}: {type_}{role}{raw}{note}"

    def check(self) -> Iterator[str]:
        yield f"check {self._source} {{"
        yield f"expect rows() >= {_floor(self._data.rows):_}"
        if self._roles.key:
            yield f"expect unique({self._roles.key})"
        out = {self._column, *self._roles.left_out}
        features = [column for column in self._data.columns if column.name not in out]
        numbers = [column for column in features if self._is_amount(column)]
        yield from (f"expect {column.name} >= 0 else warn" for column in numbers[:_MOST_RANGES])
        missing = [column for column in features if 0 < column.facts.nulls < self._data.rows]
        for column in missing[:_MOST_RANGES]:
            yield f"expect null_rate({column.name}) <= {_ceiling(column.facts.nulls / self._data.rows)}% else warn"
        yield "}"

    def _is_amount(self, column: DataColumn) -> bool:
        known = column.type.kind in ("int", "float") and column.facts.distinct > 0
        return known and column.facts.low >= 0 and column.name not in (self._roles.key, self._roles.entity)

    def transform(self) -> Iterator[str]:
        if self._target.lines:
            yield f"transform {self._transform} = {self._source} {{"
            yield from self._target.lines
            yield "}"

    def split(self) -> Iterator[str]:
        yield f"split {self._split} = {self._learned} {{"
        yield from (f"train: {1 - _TEST_SHARE:.0%}", f"test: {_TEST_SHARE:.0%}")
        if self._roles.entity:
            yield f"group: {self._roles.entity}"
        elif self._target.task != "regression":
            yield f"stratify: {self._column}"
        yield "}"

    def model(self) -> Iterator[str]:
        yield f"model {self._model} = predict {self._column} from {self._split} {{"
        if self._target.positive:
            yield f"positive: {self._target.positive}"
        yield from (f"algorithm {name} {{}}" for name in _ALGORITHMS[self._target.task])
        yield "}"

    def evaluate(self) -> Iterator[str]:
        floor_ = {"binary": "roc_auc >= 0.5", "regression": "r2 >= 0"}
        better = floor_.get(self._target.task, f"balanced_accuracy >= {chance(max(self._target.classes, 2))}")
        instead = "the mean" if self._target.task == "regression" else "guessing"
        yield f"evaluate {self._model} on {self._split}.test {{"
        if self._tested >= _ENOUGH_TO_BE_SURE:
            yield f"# Better than {instead}, beyond chance: the least to ask of a model. Ask for what you need."
            yield f"expect {better} with confidence 95%"
        else:
            yield f"# Better than {instead}: the least to ask. With more rows add `with confidence 95%`."
            yield f"expect {better}"
        yield f"report: {_REPORTS[self._target.task]}"
        yield "}"


def _floor(count: int) -> int:
    """A tenth less, rounded down to one digit that is not 0: rows may come and go a little."""
    least = count * 9 // 10
    step = int(10 ** floor(log10(least)))
    return least // step * step


def _ceiling(share: float) -> int:
    """A share as percents, rounded up to the next five: beyond it something has changed."""
    return min(5 * ceil(20 * share + 0.2), 100)
