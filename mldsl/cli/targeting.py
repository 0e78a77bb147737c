"""`--target T`, and the options that backends have for it: which there are is said by their own tables."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from mldsl.errors import UsageError

if TYPE_CHECKING:
    from mldsl.backend.model import CompileOption
    from mldsl.cli.arguments import Arguments

_PREFIX = "of_target_"


def add_target(parser: Arguments, summary: str, *, required: bool = False) -> None:
    """The target, and the options of the one that is asked for; `--help` without one shows those of all."""
    parser.add_argument("--target", required=required, metavar="TARGET", help=summary)
    asked = parser.asked("--target")
    if asked is None and not required and not _wants_help(parser):
        return
    from mldsl.backend.options import join_words, usage

    table = _options(asked)
    for option, names in table.values():
        how: dict[str, Any] = {"action": "store_const", "const": ""} if option.flag else {"metavar": usage(option)}
        parser.add_argument(
            f"--{option.name}",
            dest=f"{_PREFIX}{option.name}",
            help=f"{'' if asked else f'({names}) '}{option.summary}"
            f"{'' if option.default is None else f'; `{option.default}` unless it is said'}",
            **how,
        )
    parser.words = tuple(join_words(parser.words, {name: option for name, (option, _) in table.items()}))
    parser.foreign = lambda word: _foreign(word, asked)


def of_target(options: Namespace) -> dict[str, str]:
    """The target's options that were given, by name."""
    given = {name.removeprefix(_PREFIX): value for name, value in vars(options).items() if name.startswith(_PREFIX)}
    return {name: value for name, value in given.items() if value is not None}


def _options(asked: str | None) -> dict[str, tuple[CompileOption, str]]:
    """Each option with the names of the backends that have it."""
    from mldsl.backend.options import options_of
    from mldsl.backend.registry import backend_names

    found: dict[str, tuple[CompileOption, str]] = {}
    for name in backend_names() if asked is None else (asked,):
        for option in options_of(name):
            others = f"{found[option.name][1]}, " if option.name in found else ""
            found[option.name] = (option, f"{others}{name}")
    return found


def _foreign(word: str, asked: str | None) -> UsageError | None:
    """What is said of an option that another backend has."""
    if asked is None or not word.startswith("--"):
        return None
    from mldsl.backend.options import who_has

    others = who_has(word.removeprefix("--"))
    if not others:
        return None
    listed = ", ".join(f"`--target {other}`" for other in others)
    return UsageError(f"the backend `{asked}` has no option `{word}`", f"it belongs to {listed}")


def _wants_help(parser: Arguments) -> bool:
    return bool({"-h", "--help"}.intersection(parser.words))
