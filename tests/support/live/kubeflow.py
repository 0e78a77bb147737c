"""The Kubeflow backend of the suite: compiles pipelines and runs the documents, as they are, by Kubeflow's own SDK."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mldsl.runtime.store import Store, open_store
from tests.support.cli import ROOT, mldsl
from tests.support.live.backends import Ended
from tests.support.live.pipelines import DATE, Pipeline

CLAIM = "shared"
# Run by an interpreter of its own: the SDK's local runner keeps its settings in the process.
_RUN = """
import json, sys
from kfp import components, local

document, arguments, root = sys.argv[1:]
local.init(local.SubprocessRunner(use_venv=False), pipeline_root=root, raise_on_error=True)
components.load_component_from_file(document)(**json.loads(arguments))
"""
_COLOURS = re.compile(r"\x1b\[\d+m")
# What is in this image is beside the document: the local runner has no images.
_HOME = "MLDSL_PIPELINE"


@dataclass(frozen=True)
class Run:
    """What the SDK's local runner said of a run, and where it put the artifacts."""

    status: int
    said: str
    root: Path

    def executed(self) -> list[str]:
        """The tasks that were carried out, each time anew."""
        return re.findall(r"Executing task '([^']*)'", self.said)

    def artifact(self, task: str, name: str) -> Path:
        """The file of an artifact."""
        (found,) = self.root.glob(f"*/{task}/{name}")
        return found


class KubeflowRuns:
    """Programs lie below `folder`, their artifacts beside them. Each is compiled and run when it is asked for first."""

    target = "kubeflow"

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = environment
        self._runs: dict[str, Run] = {}

    def prepare(self, pipeline: Pipeline) -> Path:
        """Lay out and compile a pipeline; the program's path."""
        program = pipeline.laid_out(self.folder)
        profile = mounted(program, pipeline.name, pipeline.profile)
        self.compile(program, profile, *pipeline.options_of("kubeflow"))
        return program

    def compile(self, program: Path, profile: str, *options: str) -> Path:
        """Compile a program that is there; the folder of the pipeline."""
        out = program.parent / "build"
        words = ["--folder", program.parent, "--profile", profile, "--validate", *options]
        done = mldsl("compile", program, "--target", "kubeflow", "-o", out, *words)
        assert done.returncode == 0, done.stderr
        return out / program.stem

    def begin(self, pipeline: Pipeline) -> None:
        """It is run when it is waited for."""

    def run(
        self, name: str, arguments: Mapping[str, object], document: str = "pipeline.yaml", **environment: str
    ) -> Run:
        """Run a pipeline, to its end: one of its documents, by its path."""
        place = self.folder / name
        root = place / "root" / document.replace("/", "-")
        found = {**os.environ, **self.environment, _HOME: str(place / "build" / name), **environment}
        found["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "backends")])
        words = [sys.executable, "-W", "ignore", "-c", _RUN, str(place / "build" / name / document)]
        done = subprocess.run(
            [*words, json.dumps(arguments), str(root)],
            env=found,
            cwd=place,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
        )
        return Run(done.returncode, _COLOURS.sub("", done.stdout), root)

    def once(self, name: str, prepare: Callable[[], object], arguments: Mapping[str, object]) -> Run:
        """What comes of a program's first run."""
        if name not in self._runs:
            prepare()
            self._runs[name] = self.run(name, arguments)
        return self._runs[name]

    def of(self, pipeline: Pipeline) -> Run:
        """What comes of a pipeline's first run."""
        given = {**pipeline.params, "run_date": DATE}
        return self.once(pipeline.name, lambda: self.prepare(pipeline), given)

    def end(self, pipeline: Pipeline) -> Ended:
        run = self.of(pipeline)
        return Ended(run.status == 0, self.store_of(pipeline.name), run.said)

    def store_of(self, name: str) -> Store:
        """Where the artifacts of a pipeline are."""
        return open_store(".mldsl", self.folder / name)


def mounted(program: Path, name: str, profile: str | None = None) -> str:
    """Have the program's folder be on a volume, in the profile of that name or one of its own; the name."""
    volume = f'resources {name} {{ volumes: "{CLAIM}:{program.parent}" }}'
    text = program.read_text()
    if profile is None:
        program.write_text(f"{text}\nprofile cluster {{ {volume} }}\n")
        return "cluster"
    head = f"profile {profile} {{"
    assert head in text
    program.write_text(text.replace(head, f"{head}\n  {volume}"))
    return profile
