"""The options that backends have for `mldsl compile`: which of them was given what, and whether it may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

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

    `--operator external-python PATH` becomes `--operator` and `external-python PATH`, as `read_options` wants it, and
    `--operator=external-python PATH` one word. Raises UsageError for a choice that there is not: which word belongs
    to it nobody knows.
    """
    joined: list[str] = []
    waiting = list(words)
    while waiting:
        name, sign, given = waiting.pop(0).partition("=")
        option = table.get(name.removeprefix("--")) if name.startswith("--") else None
        if option is None or not option.choices or not (sign or _follows(waiting)):
            joined.append(f"{name}{sign}{given}")
            continue
        value = given if sign else waiting.pop(0)
        choice, space, _ = value.partition(" ")
        if choice not in option.choices:
            raise _no_choice(option, choice)
        if option.choices[choice] and not space and _follows(waiting):
            value = f"{choice} {waiting.pop(0)}"
        joined += [f"{name}={value}"] if sign else [name, value]
    return joined


def _follows(waiting: Sequence[str]) -> bool:
    """Whether the next word is the value of an option, and not an option."""
    return bool(waiting) and not waiting[0].startswith("-")


def _fits(option: CompileOption, value: str) -> None:
    choice, space, more = value.partition(" ")
    if option.flag:
        if value:
            raise UsageError(f"`--{option.name}` takes no value, not `{value}`")
        return
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
