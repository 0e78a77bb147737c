"""The Airflow backend of the suite: compiles pipelines into an Airflow's DAG folder and runs them there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mldsl.runtime.store import Store, open_store
from tests.support.cli import mldsl
from tests.support.live.airflow import Airflow
from tests.support.live.backends import Ended
from tests.support.live.pipelines import DATE, Pipeline


class AirflowRuns:
    """Programs lie below `folder`, their artifacts beside them or in the `store` of that form (`{name}` in it)."""

    target = "airflow"

    def __init__(self, server: Airflow, folder: Path, store: str | None = None) -> None:
        self.server = server
        self.folder = folder
        self.store = store
        self._runs: dict[str, str] = {}

    def prepare(self, pipeline: Pipeline) -> Path:
        """Lay out and compile a pipeline; the program's path."""
        program = pipeline.laid_out(self.folder)
        if self.store is not None:
            text, _, rest = program.read_text().partition("{")
            artifacts = self.store.format(name=pipeline.name)
            program.write_text(f'{text}{{\n  artifacts: "{artifacts}"\n{rest}')
        self.compile(program, pipeline.profile, *pipeline.options_of("airflow"))
        return program

    def compile(self, program: Path, profile: str | None = None, *options: str) -> None:
        """Compile a program that is there."""
        words = [*(["--profile", profile] if profile else []), *options]
        done = mldsl("compile", program, "--target", "airflow", "-o", self.server.dags, *words)
        assert done.returncode == 0, done.stderr

    def begin(self, pipeline: Pipeline) -> None:
        self._runs[pipeline.name] = self.server.trigger(pipeline.name, pipeline.params, DATE)

    def end(self, pipeline: Pipeline) -> Ended:
        run = self._runs[pipeline.name]
        state = self.server.wait(pipeline.name, run)
        return Ended(state == "success", self.store_of(pipeline), self.server.log(pipeline.name, run))

    def tasks(self, pipeline: Pipeline) -> dict[str, dict[str, Any]]:
        """The tasks of the pipeline's run."""
        return self.server.tasks(pipeline.name, self._runs[pipeline.name])

    def store_of(self, pipeline: Pipeline) -> Store:
        """Where the artifacts of a pipeline are."""
        place = ".mldsl" if self.store is None else self.store.format(name=pipeline.name)
        return open_store(place, self.folder / pipeline.name)
