"""What values a parameter of an algorithm may have, as plain data, and how that is said in words."""

from __future__ import annotations

from typing import Any, Literal

from mldsl.records import record

Closed = Literal["left", "right", "both", "neither"]
Simple = Literal[
    "any",
    "bool",
    "int",
    "float",
    "string",
    "list",
    "null",
    "object",  # a Python object: no program can write one
]


@record
class Interval:
    """Numbers from `low` to `high` (None: no bound); `closed` says which ends belong to it.

    `number` is "int", "number" (ints too) or "float" (an int is refused, as where 1 and 1.0 mean different things).
    """

    number: Literal["int", "number", "float"]
    low: float | None
    high: float | None
    closed: Closed

    def accepts(self, value: object) -> bool:
        """Whether `value` is such a number; a bool is none."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        if (isinstance(value, float) and self.number == "int") or (isinstance(value, int) and self.number == "float"):
            return False
        if self.low is not None and (value < self.low or (value == self.low and self.closed in ("right", "neither"))):
            return False
        return self.high is None or value < self.high or (value == self.high and self.closed in ("right", "both"))

    def describe(self) -> str:
        """`an int >= 1`, `a number > 0 and <= 1`."""
        noun = {"int": "an int", "number": "a number", "float": "a float"}[self.number]
        low = None if self.low is None else f"{'>=' if self.closed in ('left', 'both') else '>'} {_plain(self.low)}"
        high = None if self.high is None else f"{'<=' if self.closed in ('right', 'both') else '<'} {_plain(self.high)}"
        if self.closed == "both" and low is not None and high is not None:
            return f"{noun} from {_plain(self.low)} to {_plain(self.high)}"
        return " ".join([noun, " and ".join(bound for bound in (low, high) if bound is not None)]).strip()


@record
class Options:
    """One of these strings, bools or numbers."""

    values: tuple[object, ...]

    def accepts(self, value: object) -> bool:
        """Whether `value` is one of them; true is not 1."""
        return any(value == option and isinstance(value, bool) == isinstance(option, bool) for option in self.values)

    def describe(self) -> str:
        """`"auto"`, `one of "l1", "l2"`."""
        listed = ", ".join(_plain(value) for value in self.values)
        return listed if len(self.values) == 1 else f"one of {listed}"


@record
class Kind:
    """Every value of one sort."""

    name: Simple

    def accepts(self, value: object) -> bool:
        """Whether `value`, as a program writes it, is of that sort."""
        match self.name:
            case "any":
                return True
            case "null":
                return value is None
            case "bool":
                return isinstance(value, bool)
            case "int":
                return isinstance(value, int) and not isinstance(value, bool)
            case "float":
                return isinstance(value, (int, float)) and not isinstance(value, bool)
            case "string":
                return isinstance(value, str)
            case "list":
                return isinstance(value, (tuple, list))
            case "object":
                return False

    def describe(self) -> str:
        """`null`, `true or false`, `a list`; empty for what no program can write."""
        return _KIND_WORDS[self.name]


_KIND_WORDS: dict[str, str] = {
    "any": "any value",
    "null": "null",
    "bool": "true or false",
    "int": "an int",
    "float": "a number",
    "string": "a string",
    "list": "a list",
    "object": "",
}

Constraint = Interval | Options | Kind


@record
class ParameterSpec:
    """One parameter of an algorithm's class.

    A value must satisfy one of `constraints`, or of `hidden`, which are accepted but not offered. `default` is None
    too where the class has none that a program could write. `deprecated` says that its library warns when it is set.
    """

    name: str
    constraints: tuple[Constraint, ...]
    default: object | None = None
    hidden: tuple[Constraint, ...] = ()
    deprecated: bool = False

    def accepts(self, value: object) -> bool:
        """Whether the class takes `value`: a scalar as the tree has it, or a tuple for a list."""
        return any(item.accepts(value) for item in (*self.constraints, *self.hidden))

    def problem(self, value: object) -> str | None:
        """What is allowed, where `value` is not; None where it is."""
        return None if self.accepts(value) else self.describe()

    def describe(self) -> str:
        """What is allowed, in words that follow "must be"."""
        parts = [part for item in self.constraints for part in _parts(item.describe())]
        if not parts:
            return 'a Python object, which a program cannot write: leave it out, or use `python("file.py:Class")`'
        if len(parts) == 1:
            return parts[0]
        short = len(parts) == 2 and not any("," in part for part in parts)
        return f"{', '.join(parts[:-1])}{' or ' if short else ', or '}{parts[-1]}"


def _parts(text: str) -> list[str]:
    return text.split(" or ") if text == _KIND_WORDS["bool"] else [text] if text else []


def read_spec(name: str, stored: dict[str, Any]) -> ParameterSpec:
    """A parameter as the data files keep it: `{"allow": […], "default": …, "hidden": […], "deprecated": true}`."""
    return ParameterSpec(
        name,
        tuple(_read(item) for item in stored["allow"]),
        _tuple(stored.get("default")),
        tuple(_read(item) for item in stored.get("hidden", ())),
        stored.get("deprecated", False),
    )


def _read(stored: Any) -> Constraint:  # noqa: ANN401 — JSON
    """`"null"`, `["options", "a", "b"]` or `["int", low, high, closed]`."""
    if isinstance(stored, str):
        return Kind(stored)  # type: ignore[arg-type]
    head, *rest = stored
    return Options(tuple(rest)) if head == "options" else Interval(head, *rest)


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _plain(value: object) -> str:
    """A value as a program writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
