"""The options that backends have for `mldsl compile`: which of them was given what, and whether it may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mldsl.backend.model import Backend, Capabilities, CompileOption
from mldsl.backend.registry import backend, backend_names
from mldsl.diagnostics.suggest import did_you_mean
from mldsl.errors import UsageError


def read_options(asked: Backend, given: Mapping[str, str]) -> dict[str, str]:
    """The options as they were given; UsageError for one that the backend has not got, or that may not be so."""
    table = {option.name: option for option in asked.capabilities.options}
    for name, value in given.items():
        if name not in table:
            raise _foreign(asked, name)
        _fits(table[name], value)
    return dict(given)


def who_has(name: str) -> list[str]:
    """The backends with an option of that name."""
    return [other for other in backend_names() if any(item.name == name for item in options_of(other))]


def options_of(name: str) -> tuple[CompileOption, ...]:
    """The options of a backend; none where it cannot be loaded."""
    found = capabilities_of(name)
    return () if found is None else found.options


def capabilities_of(name: str) -> Capabilities | None:
    """What a backend can do; None where it cannot be loaded."""
    try:
        return backend(name).capabilities
    except UsageError:
        return None


def join_words(words: Iterable[str], table: Mapping[str, CompileOption]) -> list[str]:
    """The words of a command line, a choice and the word that belongs to it made one.

    `--operator external-python PATH` becomes `--operator` and `external-python PATH`, as `read_options` wants it.
    Raises UsageError for a choice that there is not: which word would belong to it nobody knows.
    """
    joined: list[str] = []
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        joined.append(word)
        option = table.get(word.removeprefix("--")) if word.startswith("--") else None
        if option is None or not option.choices or not waiting or waiting[0].startswith("-"):
            continue
        if waiting[0] not in option.choices:
            raise _no_choice(option, waiting[0])
        size = 2 if option.choices[waiting[0]] and len(waiting) > 1 and not waiting[1].startswith("-") else 1
        joined.append(" ".join(waiting[:size]))
        del waiting[:size]
    return joined


def _fits(option: CompileOption, value: str) -> None:
    choice, space, more = value.partition(" ")
    if not option.choices:
        if not value:
            raise UsageError(f"`--{option.name}` is given nothing", f"write `--{option.name} {option.metavar}`")
        return
    if choice not in option.choices:
        raise _no_choice(option, choice)
    wanted = option.choices[choice]
    if wanted is not None and not more:
        raise UsageError(f"`--{option.name} {choice}` needs a word more", f"write `--{option.name} {choice} {wanted}`")
    if wanted is None and space:
        raise UsageError(f"`--{option.name} {choice}` takes nothing more, not `{more}`")


def _no_choice(option: CompileOption, choice: str) -> UsageError:
    near = did_you_mean(choice, option.choices)
    return UsageError(f"`--{option.name}` cannot be `{choice}`", near or f"it is {usage(option)}")


def usage(option: CompileOption) -> str:
    """What may be given, for people: `python | external-python PATH | kubernetes IMAGE`."""
    choices = (choice if more is None else f"{choice} {more}" for choice, more in option.choices.items())
    return " | ".join(choices) or option.metavar


def _foreign(asked: Backend, name: str) -> UsageError:
    others = who_has(name)
    if others:
        return UsageError(
            f"the backend `{asked.name}` has no option `--{name}`",
            f"it belongs to {', '.join(f'`--target {other}`' for other in others)}",
        )
    own = [f"--{item.name}" for item in asked.capabilities.options]
    listed = f"its options are {', '.join(f'`{item}`' for item in own)}" if own else "it has none"
    return UsageError(f"the backend `{asked.name}` has no option `--{name}`", did_you_mean(f"--{name}", own) or listed)
