"""The driver: from a parsed file to the typed program, and all that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field, replace

from mldsl.analysis.echoes import in_order, without_echoes
from mldsl.analysis.files import Files, gather
from mldsl.analysis.imports import Load
from mldsl.analysis.profiles import apply_profile, check_profiles, overridden
from mldsl.analysis.program import Program
from mldsl.analysis.rules import policies, warnings
from mldsl.analysis.rules.leakage import leaks
from mldsl.analysis.rules.subject import Subject
from mldsl.analysis.run import Run
from mldsl.analysis.trace import Trace
from mldsl.diagnostics.codes import Severity
from mldsl.diagnostics.model import Diagnostic, Label
from mldsl.diagnostics.suggest import did_you_mean
from mldsl.errors import UsageError
from mldsl.records import record
from mldsl.syntax import tree
from mldsl.syntax.loading import read_source
from mldsl.syntax.parser import ParseResult, parse


@record
class Analysis:
    """What was found out about a program; `program` is None when one of the diagnostics is an error.

    `profiles` are the names of all that the program declares. `run` and `files` are what it was found out from, for
    editors, which look at programs with errors too.
    """

    program: Program | None
    diagnostics: tuple[Diagnostic, ...]
    profiles: tuple[str, ...] = ()
    run: Run | None = field(default=None, compare=False, repr=False)
    files: Files | None = field(default=None, compare=False, repr=False)


def load_file(path: str) -> ParseResult:
    """Read and parse a file on disk; raises UnreadableFileError."""
    return parse(read_source(path))


def check(path: str, *, load: Load = load_file) -> Analysis:
    """Analyse a file on disk as it stands and under each of its profiles; raises UnreadableFileError."""
    parsed = load(path)
    return analyze(parsed.module, syntax=parsed.diagnostics, load=load, every_profile=True)


def analyze(
    module: tree.Module,
    *,
    syntax: Sequence[Diagnostic] = (),
    load: Load = load_file,
    profile: str | None = None,
    every_profile: bool = False,
    trace: Trace | None = None,
) -> Analysis:
    """Analyse a parsed file as it stands, or under one profile.

    `syntax` are the parser's diagnostics: they become part of the result, and what follows from them stays silent.
    `load` reads what is imported. `every_profile` adds what fails only under one of the profiles, with a label on it.
    `trace` is told what names refer to in the program as it stands. Raises UsageError for a profile that there is not.
    """
    files = gather(module, syntax, load)
    plain = Run.of(files.declarations, files, trace)
    profiles = check_profiles(plain.context, files.declarations)
    run = plain if profile is None else Run.of(apply_profile(files.declarations, _chosen(profiles, profile)), files)
    run.resolve()
    found = [*files.diagnostics, *plain.context.bag]
    if profile is not None:
        found += _under(profiles[profile], run, plain)
    elif every_profile:
        for item in profiles.values():
            found += _only_under(item, files, plain)
    found = without_echoes(found, files)
    found += warnings(Subject(run.context, run.declarations, files, _errors(found), run.checks, run.evaluations))
    found += _leaks(run, files, found)
    program = None if _errors(found) else run.program(module.file.path, profile, tuple(profiles))
    return Analysis(program, in_order(found, files.main), tuple(profiles), run, files)


def _errors(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    return [item for item in found if item.severity is Severity.ERROR]


def _chosen(profiles: dict[str, tree.Profile], name: str) -> tree.Profile:
    if name not in profiles:
        listed = ", ".join(f"`{item}`" for item in profiles)
        help_ = did_you_mean(name, profiles) or (f"there are {listed}" if profiles else "the program has no profiles")
        raise UsageError(f"there is no profile `{name}`", help_)
    return profiles[name]


def _under(profile: tree.Profile, run: Run, plain: Run) -> list[Diagnostic]:
    """What was found under a chosen profile; the plain program is looked at only where there is an error."""
    if not run.context.bag.has_errors:
        return list(run.context.bag)
    plain.resolve()
    known = {(item.code, item.span) for item in plain.context.bag}
    return [item for item in run.context.bag if (item.code, item.span) in known] + _new(profile, run, plain)


def _only_under(profile: tree.Profile, files: Files, plain: Run) -> list[Diagnostic]:
    """What fails under a profile and not in the program as it stands."""
    changed = overridden(profile)
    run = Run.of(apply_profile(files.declarations, profile), files)
    run.context.resolved |= {name: item for name, item in plain.context.resolved.items() if name not in changed}
    run.resolve_names(changed)
    whole = run.tables_differ(plain, changed)
    if whole:
        run = Run.of(run.declarations, files)
        run.resolve()
    else:
        run.checks, run.evaluations = plain.checks, plain.evaluations
    found = _new(profile, run, plain) + _policies_under(profile, run, plain, files)
    if whole or run.rows_in_common() != plain.rows_in_common():
        found += _newly_leaking(profile, run, plain, files)
    return found


def _policies_under(profile: tree.Profile, run: Run, plain: Run, files: Files) -> list[Diagnostic]:
    """What is wrong with the policies under a profile alone: the sources, parameters and tables may be others."""
    if _errors([*files.diagnostics, *plain.context.bag, *run.context.bag]):
        return []
    known, found = (
        list(policies(Subject(item.context, item.declarations, files, (), item.checks, item.evaluations)))
        for item in (plain, run)
    )
    return _labelled(profile, found, known, warnings_too=True)


def _leaks(run: Run, files: Files, found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """What leaks in a program, so far as it could be understood."""
    return list(leaks(run.program("", None, ()), run.declarations, _errors(found), files.broken))


def _newly_leaking(profile: tree.Profile, run: Run, plain: Run, files: Files) -> list[Diagnostic]:
    """What leaks under a profile, for its tables have other columns or roles, and not in the program as it stands."""
    known, found = (_leaks(item, files, [*files.diagnostics, *item.context.bag]) for item in (plain, run))
    return _labelled(profile, found, known, warnings_too=True)


def _new(profile: tree.Profile, run: Run, plain: Run) -> list[Diagnostic]:
    """What `run` found and `plain` did not, with a label on the profile."""
    return _labelled(profile, run.context.bag, plain.context.bag)


def _labelled(
    profile: tree.Profile, found: Iterable[Diagnostic], before: Iterable[Diagnostic], *, warnings_too: bool = False
) -> list[Diagnostic]:
    """What was not found before, with a label on the profile."""
    known = {(item.code, item.span) for item in before}
    label = Label(profile.name.span, f"under the profile `{profile.name.text}`")
    new = (item for item in found if (item.code, item.span) not in known)
    return [
        replace(item, labels=(*item.labels, label)) for item in new if warnings_too or item.severity is Severity.ERROR
    ]
