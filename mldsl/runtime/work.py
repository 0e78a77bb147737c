"""What a step's function is given, and what it gives back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mldsl.plan.expressions import Json
from mldsl.plan.nodes import ModelBody, Plan, Step, Verb
from mldsl.records import record
from mldsl.runtime import recent
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.store import Record, Store, Stored

if TYPE_CHECKING:
    import polars as pl

    from mldsl.runtime.engine.engine import Engine
    from mldsl.runtime.models.spread import Spread
    from mldsl.runtime.models.storage import FittedModel

Log = Callable[[str], None]
Progress = Callable[[int, int | None, str], None]
Searching = Callable[[float | None], None]
"""Is told how many seconds a search that begins may take, and None when it is over; it may be stopped after that."""


@record
class StepResult:
    """What a step found. `passed` is false when an expectation was not met, which is not an error of the step.

    `details` is plain JSON. A check has `expectations`: a list of `{text, outcome: "passed" | "failed" | "warned" |
    "quarantined", rows, failing, share?, value?, samples?}`; an evaluation has `metrics` and `expectations`.
    `findings` of any step are what the data showed, as `mldsl.runtime.findings` has them.
    """

    passed: bool = True
    details: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def _alone(seconds: float | None) -> None:
    """Nobody listens."""


@dataclass(slots=True)
class Work:
    """One step to carry out: its inputs by the names that its body uses, and where its outputs go.

    `folder` is what relative paths of data are relative to, `code` what those of the user's Python files are: both are
    the program's folder, unless it was compiled for another place. `params` has typed Python values, with
    `run_date` (a date) and `run_time` (a datetime in UTC, without a zone). `seed` is this step's own. `rows` is set in
    a dry run: sources read only so many rows. `room` makes an empty directory that is removed afterwards. `inputs`
    lacks the tables that are not written; `records` gives the record of any step that has run, by id. `inlined` says
    that the step's own table need not be written. `key` is that of the step; nothing is remembered under an empty one.
    `run` is the id of the run, empty where there is none.
    With a `share` only that of a model's trials is to be made, and there are no outputs. `searching` is told of a
    search for the best trial; where that was stopped, the step is carried out anew, `late`: what it had found counts.
    """

    plan: Plan
    step: Step
    store: Store
    inputs: Mapping[str, Stored]
    records: Callable[[str], Record]
    inlined: bool
    folder: Path
    code: Path
    params: Mapping[str, object]
    seed: int
    jobs: int
    rows: int | None
    room: Callable[[], Path]
    log: Log
    progress: Progress
    key: str = ""
    share: Spread | None = None
    searching: Searching = _alone
    late: bool = False
    run: str = ""
    outputs: dict[str, Stored] = field(default_factory=dict)
    _engine: Engine[Any] | None = None
    _scratch: Path | None = None

    @property
    def scratch(self) -> Path:
        """A directory for work in progress, made when it is first asked for."""
        if self._scratch is None:
            self._scratch = self.room()
        return self._scratch

    def path(self, name: str) -> Path:
        """The input `name` as a file on this machine."""
        try:
            stored = self.inputs[name]
        except KeyError:
            raise StepFailed(f"`{self.step.name}` has no input `{name}`") from None
        return self.store.local(stored)

    @property
    def engine(self) -> Engine[Any]:
        """What computes this step's tables: the engine that the pipeline's options name."""
        if self._engine is None:
            from mldsl.runtime.engine.engine import Room, open_engine

            self._engine = open_engine(self.plan.settings.engine, Room(self.params, lambda: self.scratch))
        return self._engine

    def close(self) -> None:
        """Give back what the engine holds."""
        if self._engine is not None:
            self._engine.close()

    def rows_of(self, name: str, follow: Sequence[Verb] = ()) -> Any:  # noqa: ANN401 - each engine has tables of its own
        """The input table `name` as the step's engine has it; nothing is read yet.

        `follow` are the verbs that it will be given to, and nothing else.
        """
        from mldsl.runtime.inlining import rows_of

        return rows_of(self, self.step, name, follow)

    def table(self, name: str) -> pl.LazyFrame:
        """The input table `name` in Polars, whatever the engine; nothing is read yet."""
        from mldsl.runtime.inlining import frame_of

        return frame_of(self, name)

    def json(self, name: str) -> Json:
        """The JSON input `name`."""
        value: Json = json.loads(self.path(name).read_bytes())
        return value

    def model(self, name: str) -> FittedModel:
        """The input model `name`, by `mldsl.runtime.models.storage.load`; the step that made it says what to trust."""
        from mldsl.runtime.models.storage import load

        body = self.plan.step(self.step.inputs[name].step).body if name in self.step.inputs else None
        return load(self.path(name), body if isinstance(body, ModelBody) else None, self.code)

    def write_table(self, output: str, frame: pl.LazyFrame | pl.DataFrame) -> Stored:
        """Store a table as Parquet; a lazy frame is computed now, straight into the file."""
        from mldsl.runtime.tables import sink_table

        return self._write(output, lambda path: sink_table(frame, path))

    def write_rows(self, output: str, table: Any) -> Stored:  # noqa: ANN401
        """Store a table of the step's engine, which is computed now; straight into the file, unless it is small."""
        packed = self.engine.packed(table)
        if packed is not None:
            stored = self.store.put(packed.data, ".parquet", "table", packed.frame.height)
            recent.keep(stored.digest, packed.frame)
            return self._keep(output, stored)
        return self._write(output, lambda path: self.engine.write(table, path))

    def write_json(self, output: str, value: object) -> Stored:
        """Store plain JSON: keys sorted, no NaN."""
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
        return self._keep(output, self.store.put(text.encode("utf-8", "surrogatepass"), ".json", "json"))

    def write_model(self, output: str, model: FittedModel) -> Stored:
        """Store a fitted model, by `mldsl.runtime.models.storage.dump(model) -> bytes` (skops)."""
        from mldsl.runtime.models.storage import dump

        return self._keep(output, self.store.put(dump(model), ".skops", "model"))

    def write_bytes(self, output: str, data: bytes, suffix: str) -> Stored:
        """Store anything else under a file name's ending."""
        return self._keep(output, self.store.put(data, suffix, "bytes"))

    def _write(self, output: str, write: Callable[[Path], int]) -> Stored:
        """Store the table that `write` puts into a file; it gives the number of rows."""
        path = self.store.fresh()
        try:
            rows = write(path)
            return self._keep(output, self.store.adopt(path, ".parquet", "table", rows))
        finally:
            path.unlink(missing_ok=True)

    def _keep(self, output: str, stored: Stored) -> Stored:
        self.outputs[output] = stored
        return stored
