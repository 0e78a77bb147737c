"""Writes a run's models as ONNX, each held against the model itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from mldsl.errors import UsageError
from mldsl.plan.nodes import Input, ModelBody, Plan, SplitBody, Step
from mldsl.plan.select import target
from mldsl.runs.files import file_name
from mldsl.runtime.store import Record, Store

_COMPARED = 10_000  # rows


def check_onnx(plan: Plan, names: Collection[str], folder: Path | None) -> None:
    """Raises UsageError where there would be nothing to write, or nothing that writes it."""
    if folder is None or not list(_models(plan, names)):
        raise UsageError("`--export onnx` needs a model and a place", "write `--to MODEL --output DIR --export onnx`")
    from mldsl.runtime.models.onnx import check_installed

    check_installed()


def export_onnx(
    plan: Plan, names: Iterable[str], folder: Path, code: Path, store: Store, records: Mapping[str, Record]
) -> tuple[Path, ...]:
    """Write `FOLDER/NAME.onnx` for each model among the names.

    Its predictions are compared with the model's on the rows that the split held back. Raises StepFailed where a model
    has no form in ONNX, or one that predicts something else.
    """
    from mldsl.runtime.models.onnx import compare, to_onnx
    from mldsl.runtime.models.storage import load
    from mldsl.runtime.tables import scan_table

    written = []
    for step in _models(plan, names):
        if step.id not in records:
            continue
        body = step.body
        assert isinstance(body, ModelBody)
        model = load(store.local(records[step.id].outputs["model"]), body, code)
        data = to_onnx(model)
        held_back = _held_back(plan, step)
        rows = scan_table(store.local(records[held_back.step].outputs[held_back.output])).head(_COMPARED)
        compare(model, data, rows.collect())
        path = folder / f"{file_name(step.name)}.onnx"
        path.write_bytes(data)
        written.append(path)
    return tuple(written)


def _models(plan: Plan, names: Iterable[str]) -> Iterator[Step]:
    """The models' steps that the names stand for, each once."""
    ids = dict.fromkeys(id_ for name in names for id_ in target(plan, name).steps)
    yield from (step for id_ in ids if (step := plan.step(id_)).kind == "model")


def _held_back(plan: Plan, step: Step) -> Input:
    """The rows that the model has not learned from, where its table is split; else its table."""
    body = step.body
    assert isinstance(body, ModelBody)
    source = step.inputs[body.table]
    split = plan.step(source.step).body
    parts = [part for part, _ in split.shares] if isinstance(split, SplitBody) else []
    return next((Input(step=source.step, output=part) for part in ("test", "validation") if part in parts), source)
