"""What goes to the workers beside the plan: the user's Python files that steps name and what they import from beside
them, and what was proved of the program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from mldsl.backend.model import CompileOptions, Place, Refusal
from mldsl.plan.image import CERTIFICATE
from mldsl.plan.nodes import DeployBody, Plan, Step
from mldsl.plan.walk import python_files
from mldsl.runtime.errors import StepFailed


def packaged(plan: Plan, folder: Path, carried_out: Callable[[Step], bool]) -> tuple[dict[str, bytes], list[Refusal]]:
    """The files by their path from the program's folder, with `/`, and what cannot be packaged."""
    files: dict[str, bytes] = {}
    refusals = []
    for step, path in _named(plan, carried_out):
        try:
            files |= _with_imports(path, folder)
        except StepFailed as failed:
            refusals.append(_refusal(step, path, failed.message, failed.help))
        except OSError as error:
            refusals.append(_refusal(step, path, f"`{path}` cannot be read: {error.strerror or error}", None))
    return files, refusals


def certificate(plan: Plan, options: CompileOptions) -> dict[str, bytes]:
    """The program's certificate by the name of its file, for a plan that registers versions of models."""
    registers = any(isinstance(step.body, DeployBody) and step.body.model_from == "step" for step in plan.steps)
    return {CERTIFICATE: options.certificate()} if registers and options.certificate is not None else {}


def _named(plan: Plan, carried_out: Callable[[Step], bool]) -> Iterator[tuple[Step, str]]:
    for step in plan.steps:
        if carried_out(step):
            yield from ((step, path) for path in python_files(step))


def _with_imports(path: str, folder: Path) -> dict[str, bytes]:
    # Most programs have no Python: what reads it is imported for those that do.
    from mldsl.runtime.python_code import code_files

    root = folder.resolve()
    found = {}
    for file in code_files(path, folder):
        if not file.is_relative_to(root):
            other = "" if file == (folder / path).resolve() else f", which `{path}` imports,"
            raise StepFailed(
                f"`{file.name}`{other} lies outside of the program's folder",
                "the workers get what is in that folder: put it there",
            )
        found[file.relative_to(root).as_posix()] = file.read_bytes()
    return found


def _refusal(step: Step, path: str, message: str, help_: str | None) -> Refusal:
    return Refusal("ML604", Place("step", step.id, path), message, help_)
