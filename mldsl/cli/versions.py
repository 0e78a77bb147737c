"""A program as it is in a file, or as it was in a revision of git: `churn.ml`, `HEAD~1:churn.ml`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mldsl.cli import console
from mldsl.errors import ProgramError, UsageError

if TYPE_CHECKING:
    from mldsl.plan.nodes import Plan
    from mldsl.syntax.parser import ParseResult


def plan_of(version: str, profile: str | None) -> Plan:
    """The plan of `FILE` or `REVISION:FILE`; what the program imports is taken from the same revision.

    Raises ProgramError for a program with errors, UsageError for a revision, file or profile that there is not.
    """
    from mldsl.analysis.analyze import analyze, load_file
    from mldsl.plan.lower import lower

    revision, path = _parts(version)
    load: Callable[[str], ParseResult] = load_file if revision is None else _Revision(revision, path).load
    parsed = load(path)
    found = analyze(parsed.module, syntax=parsed.diagnostics, load=load, profile=profile)
    if found.program is None:
        console.say(f"`{version}` has errors:")
        raise ProgramError(f"`{version}` has errors", found.diagnostics)
    return lower(found.program)


def _parts(version: str) -> tuple[str | None, str]:
    """The revision, None for a file as it is, and the file."""
    revision, colon, path = version.partition(":")
    if not colon or Path(version).exists() or (len(revision) == 1 and path[:1] in ("\\", "/")):  # a drive
        return None, version
    if not revision or not path:
        raise UsageError(f"`{version}` is no version of a program", "write `FILE` or `REVISION:FILE`")
    return revision, path


class _Revision:
    """A revision of the repository in which a file is."""

    def __init__(self, revision: str, path: str) -> None:
        self._revision = revision
        folder = next(parent for parent in Path(path).absolute().parents if parent.is_dir())
        done = _git(folder, "rev-parse", "--show-toplevel")
        if b"not a git repository" in done.stderr:
            raise UsageError(f"`{folder}` is in no git repository", "compare two files, or call it from the repository")
        if done.returncode:  # a repository of somebody else, say
            raise UsageError(f"git cannot read the repository of `{folder}`: {_first_line(done.stderr)}")
        self._top = os.fsdecode(done.stdout.rstrip(b"\r\n"))
        if _git(
            Path(self._top), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        ).returncode:
            raise UsageError(f"git knows no revision `{revision}`", "`git log --oneline` lists them")

    def load(self, path: str) -> ParseResult:
        """Read and parse a file as it was. Raises UnreadableFileError."""
        from mldsl.syntax.loading import UnreadableFileError, decode_source
        from mldsl.syntax.parser import parse

        inside = os.path.relpath(os.path.realpath(path), os.path.realpath(self._top)).replace(os.sep, "/")
        done = _git(Path(self._top), "cat-file", "blob", f"{self._revision}:{inside}")
        if done.returncode:
            raise UnreadableFileError(f"there is no file `{path}` in the revision `{self._revision}`")
        return parse(decode_source(done.stdout, path))


def _git(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run git, quietly; UsageError where there is none."""
    try:
        return subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *words],  # noqa: S607 - wherever the user has it
            capture_output=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        raise UsageError("a revision needs git, which is not installed", "compare two files instead") from None


def _first_line(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").splitlines()
    return lines[0].removeprefix("fatal: ") if lines else "it does not say why"
