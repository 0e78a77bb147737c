"""mldsl from Python: load a program, look at what is wrong with it, plan it, run it, compile it.

```python
import mldsl

program = mldsl.load("churn.ml", params={"cutoff": "2025-06-01"})
for diagnostic in program.diagnostics:
    print(diagnostic.code, diagnostic.span.location, diagnostic.message)
result = program.run(to="features", output="out")
print(result.status, result.step("features").outputs)
```
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar, cast

from mldsl.errors import ProgramError, UsageError

if TYPE_CHECKING:
    from mldsl_local.backend import Foresight, LocalBackend
    from mldsl_local.cleaning import Cleaned
    from mldsl_local.options import RunOptions

    from mldsl.analysis import program as typed
    from mldsl.analysis.certificate.model import Certificate
    from mldsl.analysis.run import Run as Analysed
    from mldsl.backend import CompileOptions, PlannedTask
    from mldsl.diagnostics.model import Diagnostic
    from mldsl.plan.nodes import Plan
    from mldsl.runs import Row, Run, RunResult
    from mldsl.runs.observer import Observer
    from mldsl.runtime.store import Record

T = TypeVar("T")

DRY_ROWS = 1000
"""How many rows of every source a dry run reads when it is not told."""


def load(
    path: str | os.PathLike[str], profile: str | None = None, params: Mapping[str, object] | None = None
) -> Program:
    """Read and check the program in the file `path`, as it stands or under one of its profiles.

    `params` are values for its parameters (and for `run_date` and `run_time`), as Python values or as text; they are
    looked at when the program is run. A program with mistakes is loaded all the same: see `Program.diagnostics`.
    Raises UnreadableFileError for a file that is no text or not there, and UsageError for a profile that there is not.
    """
    from mldsl.analysis.analyze import analyze, load_file

    shown = os.fspath(path)
    parsed = load_file(shown)
    found = analyze(parsed.module, syntax=parsed.diagnostics, profile=profile)
    program = Program(shown, profile, found.diagnostics, dict(params or {}), found.profiles, found.program)
    program._run = found.run
    if found.files is not None:
        program._texts = {module.file.path: module.file.text for module in found.files.modules}
    return program


def repeat(
    path: str | os.PathLike[str],
    profile: str | None = None,
    params: Mapping[str, str] | None = None,
    to: str | Iterable[str] | None = None,
    *,
    observer: Observer | None = None,
    warned: Callable[[int], None] | None = None,
) -> RunResult | None:
    """What `load(path, profile, params).run(to)` would give, if nothing has changed since that was last done.

    None where something has, or may have: the program, the data, the user's code, a library, the store. `warned` is
    told beforehand how many diagnostics the program has. Raises StoreError where the run cannot be recorded.
    """
    try:
        import mldsl_local  # noqa: F401
    except ModuleNotFoundError:
        _local()
    from mldsl.runs.observer import Silent
    from mldsl.unchanged import repeat as again
    from mldsl.unchanged.asked import Asked

    asked = Asked(os.fspath(path), profile, _names(to), dict(params or {}))
    found = again.unchanged(asked)
    if found is None:
        return None
    if warned is not None:
        warned(found.memory.warnings)
    return again.repeat(asked, found, observer or Silent())


def refused(path: str | os.PathLike[str], target: str, options: Mapping[str, str] | None = None) -> list[Diagnostic]:
    """What the backend `target` cannot do of what a program asks for, as it stands and under each of its profiles.

    Profiles with errors are left out. Raises ProgramError for a program that has errors as it stands.
    """
    from mldsl.refusals import under_profile

    plain = load(path)
    found = list(plain.refusals(target, options))
    known, run = tuple(found), plain._run
    for name in plain.profiles:
        under = load(path, profile=name)
        if under.ok and run is not None:
            found += under_profile(under.refusals(target, options), known, name, run.declarations)
    return found


def history(folder: str | os.PathLike[str] = ".", limit: int | None = None) -> list[Row]:
    """Earlier runs of the programs in a folder and below it (three levels), newest first.

    Programs whose `artifacts` are elsewhere are not among them; see `Program.runs`.
    """
    from mldsl.runs import list_runs, run_roots

    found = [row for root in run_roots(Path(folder)) for row in list_runs(root)]
    return sorted(found, key=lambda row: row.id, reverse=True)[:limit]


def find_run(run: str = "last", folder: str | os.PathLike[str] = ".") -> Run:
    """One of the runs that `history` lists: by its id, the start of its id, or `last`; UsageError if there is none."""
    from mldsl.runs import load_run, run_roots

    return load_run(run_roots(Path(folder)), run)


def clean(
    folder: str | os.PathLike[str] = ".",
    *,
    keep: int | None = None,
    older_than: timedelta | None = None,
    dry_run: bool = False,
    store: str | os.PathLike[str] | None = None,
) -> list[Cleaned]:
    """Free what no recent run of the programs in a folder and below it needs, in each of their stores on this machine.

    Of each pipeline (and profile) the last `keep` runs stay (5 unless it is said), and all that are not `older_than`
    that, with every artifact that they made or used. Runs that are going on lose nothing. A `dry_run` only says what
    would go. A `store` is cleaned instead where it is named: one that only the tasks of an orchestrator's use has no
    history by which it would be found. What they used stays for a month, or as `older_than` says.

    Raises UsageError, and StoreError where something cannot be removed.
    """
    from mldsl.runs import run_roots

    _local()
    from mldsl_local.cleaning import KEEP, clean_store, store_root

    count = KEEP if keep is None else keep
    if count < 0:
        raise UsageError("fewer than no runs cannot be kept")
    if store is not None:
        root = store_root(os.fspath(store))
        return [clean_store(root, keep=count, older_than=older_than, dry=dry_run, named=True)]
    if not Path(folder).is_dir():
        raise UsageError(f"there is no directory `{folder}`")
    roots = run_roots(Path(folder))
    return [clean_store(root, keep=count, older_than=older_than, dry=dry_run) for root in roots]


@dataclass(slots=True)
class Program:
    """A program that was read and checked.

    `path` is as it was given, `profile` the one chosen, `diagnostics` all that was found, in order; `profiles` are the
    names of those that the program declares. What needs a program without errors raises ProgramError for one with.
    """

    path: str
    profile: str | None
    diagnostics: tuple[Diagnostic, ...]
    params: dict[str, object] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()
    _typed: typed.Program | None = field(default=None, repr=False)
    _plan: Plan | None = field(default=None, repr=False)
    _run: Analysed | None = field(default=None, repr=False)
    _texts: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        """Whether there is no error (warnings do not count)."""
        return self._typed is not None

    @property
    def folder(self) -> Path:
        """The program's folder: relative paths of the plan start there, and so does the artifact store."""
        return Path(self.path).parent

    def plan(self, scheduled: str | None = None) -> Plan:
        """The plan: every step with what it needs, in an order in which they can run.

        `scheduled` names a batch deployment or a monitor: the plan of its own schedule. Raises UsageError for one that
        there is not.
        """
        if self._plan is None:
            from mldsl.plan.lower import lower

            self._plan = lower(self._checked())
        if scheduled is None:
            return self._plan
        from mldsl.plan.scheduled import scheduled as alone

        return alone(self._plan, scheduled)

    def run(
        self,
        to: str | Iterable[str] | None = None,
        *,
        output: str | os.PathLike[str] | None = None,
        export: Literal["onnx"] | None = None,
        jobs: int | None = None,
        force: bool = False,
        dry_run: bool = False,
        rows: int = DRY_ROWS,
        observer: Observer | None = None,
        scheduled: str | None = None,
    ) -> RunResult:
        """Run the program on this machine, or what `to` (a table, a part, a model, …; or several) needs.

        `output` is a directory for the results of `to`: `NAME.parquet`, `.json` of an evaluation, `.skops` of a model;
        with `export="onnx"` a model's `NAME.onnx`, too, held against the model on the rows that its split held back.
        `jobs` is the number of workers, one a processor by default; results do not depend on it. `force` runs steps
        whose results are there. A `dry_run` reads `rows` rows of every source into a store that is thrown away.
        `observer` is told what happens meanwhile (`mldsl.cli.watch.Watcher()` is the command line's). `scheduled` names
        a batch deployment or a monitor: what its own schedule runs is run now, with the champion, and no training.

        A step that fails, or an expectation that is not met, is part of the result (see `exit_status`). Raises
        ProgramError, UsageError for a name or a parameter that does not fit, StoreError where the store cannot be
        used, and KeyboardInterrupt when it is interrupted, with everything recorded; the next run goes on from there.
        """
        if dry_run and rows < 1:
            raise UsageError("a dry run needs one row at least")
        if scheduled is not None and (to is not None or dry_run or output is not None or export is not None):
            raise UsageError("what is scheduled is run as a whole", "leave `to`, `dry_run`, `output` and `export` out")
        if export is not None and output is None:
            raise UsageError("`export` needs `output`", "say where the model goes")
        options = self._options(to, jobs=jobs, force=force, observer=observer)
        if scheduled is not None:
            return _local().run(self.plan(scheduled), options)
        if output is not None or dry_run:
            place = None if output is None else Path(output)
            options = replace(options, output=place, rows=rows if dry_run else None)
        if export is not None:
            options = replace(options, onnx=True)
        return _local().run(self.plan(), replace(options, ended=partial(self._ended, options.to)))

    def explain(self, to: str | Iterable[str] | None = None, *, force: bool = False) -> tuple[Foresight, ...]:
        """For each step that a run would look at: whether its result is in the store, and why (not). Runs nothing."""
        return _local().explain(self.plan(), self._options(to, force=force))

    def compile(
        self,
        target: str,
        output: str | os.PathLike[str] | None = None,
        options: Mapping[str, str] | None = None,
        *,
        force: bool = False,
        tell: Callable[[str], None] | None = None,
    ) -> dict[str, bytes]:
        """The files that the backend `target` makes of the program, by path; written to `output` if that is given.

        `options` are the backend's own (`mldsl compile --target T --help` lists them), such as `granularity`. Files
        that were compiled before are replaced, unless somebody has edited them; with `force` all are. `tell` is given
        what there is to know, a sentence at a time. Raises ProgramError for what the target cannot do, UsageError for a
        backend that is not there, an option that does not fit and a file that is not to be replaced, and StoreError
        where the files cannot be written.
        """
        from mldsl.backend import backend
        from mldsl.backend.written import write

        files = dict(self._refusing(backend(target).compile, target, options, tell))
        if output is not None:
            write(files, Path(output), force=force)
        return files

    def tasks(self, target: str, options: Mapping[str, str] | None = None) -> tuple[PlannedTask, ...]:
        """The tasks that the backend `target` would make of the program's steps. Raises as `compile` does."""
        from mldsl.backend import grouping_backend

        return tuple(self._refusing(grouping_backend(target).tasks, target, options))

    def refusals(self, target: str, options: Mapping[str, str] | None = None) -> tuple[Diagnostic, ...]:
        """What the backend `target` cannot do of what the program asks for, each with its line; empty for nothing."""
        from mldsl.backend import backend

        try:
            self._refusing(backend(target).compile, target, options)
        except ProgramError as refused:
            if self.ok:
                return refused.diagnostics
            raise
        return ()

    def _refusing(
        self,
        ask: Callable[[Plan, CompileOptions], T],
        target: str,
        options: Mapping[str, str] | None,
        tell: Callable[[str], None] | None = None,
    ) -> T:
        """What a backend answers; what it refuses becomes a ProgramError with the lines."""
        from mldsl.backend import CompileOptions, Refused, backend, read_options

        given = CompileOptions(
            self.folder,
            read_options(backend(target), options or {}),
            Path(self.path).name,
            certificate=lambda: self.certificate().to_json(),
        )
        if tell is not None:
            given = replace(given, tell=tell)
        try:
            return ask(self.plan(), given)
        except Refused as refused:
            from mldsl.refusals import diagnostics

            assert self._run is not None  # a program without errors was analysed
            found = diagnostics(refused.refusals, self._checked(), self._run.declarations)
            raise ProgramError(f"`{target}` cannot do what `{self.path}` asks for", found) from None

    def certificate(self) -> Certificate:
        """What is proved of the program, what a run checks, and what is assumed; `document()` is it as plain data."""
        from mldsl import __version__
        from mldsl.analysis.certificate.build import certify
        from mldsl.plan.fingerprint import meaning

        program = self._checked()
        assert self._run is not None  # a program without errors was analysed
        return certify(program, self._run.declarations, __version__, meaning(self.plan()))

    def runs(self, limit: int | None = None) -> list[Row]:
        """Earlier runs of the programs that share this one's artifact store, newest first."""
        from mldsl.runs import list_runs

        return list_runs(self.runs_root(), limit)

    def show(self, run: str = "last") -> Run:
        """One earlier run by its id, the start of its id, or `last`; UsageError if there is none or several."""
        from mldsl.runs import load_run

        return load_run(self.runs_root(), run)

    def runs_root(self) -> Path:
        """The directory that holds the records of its runs."""
        _local()
        from mldsl_local.stores import runs_root

        return runs_root(self.plan(), self.folder)

    def _ended(self, to: tuple[str, ...], result: RunResult, records: Mapping[str, Record]) -> None:
        """What is to be done when a run is over."""
        if any(step.kind == "deploy" and step.details.get("version") for step in result.steps):
            from mldsl.certified import certify_versions

            certify_versions(self, result)
        self._remember(to, result, records)

    def _remember(self, to: tuple[str, ...], result: RunResult, records: Mapping[str, Record]) -> None:
        """Keep what a run depended on, so that the next can tell that nothing has changed."""
        given = {name: value for name, value in self.params.items() if isinstance(value, str)}
        if len(given) < len(self.params):
            return  # a command line gives texts alone
        from mldsl.unchanged.asked import Asked
        from mldsl.unchanged.keep import keep

        asked = Asked(self.path, self.profile, to, given)
        keep(asked, self._texts, len(self.diagnostics), self.plan(), result, records)

    def _checked(self) -> typed.Program:
        if self._typed is None:
            from mldsl.diagnostics.codes import Severity

            count = sum(item.severity is Severity.ERROR for item in self.diagnostics)
            message = f"`{self.path}` has {count} error{'s' if count != 1 else ''}"
            raise ProgramError(message, self.diagnostics)
        return self._typed

    def _options(
        self,
        to: str | Iterable[str] | None,
        *,
        jobs: int | None = None,
        force: bool = False,
        observer: Observer | None = None,
    ) -> RunOptions:
        if jobs is not None and jobs < 1:
            raise UsageError("a run needs one job at least")
        self._checked()
        _local()
        from mldsl_local.options import RunOptions

        from mldsl.runs.observer import Silent

        return RunOptions(
            folder=self.folder,
            program=self.path,
            params=self.params,
            to=_names(to),
            jobs=jobs,
            force=force,
            observer=observer or Silent(),
        )


def _names(to: str | Iterable[str] | None) -> tuple[str, ...]:
    """What is asked for, each name once; empty for everything. Raises UsageError for what is no name."""
    if to is None:
        return ()
    found = (to,) if isinstance(to, str) else tuple(dict.fromkeys(to)) if isinstance(to, Iterable) else (to,)
    wrong = [item for item in found if not isinstance(item, str)]
    if wrong or not found:
        said = f"wants a name or several, not `{wrong[0]!r}`" if wrong else "names nothing"
        raise UsageError(f"`to` {said}", "leave it out to run everything")
    return found


def _local() -> LocalBackend:
    """The local backend, also in a checkout that is not installed."""
    from mldsl.backend import backend

    return cast("LocalBackend", backend("local"))
