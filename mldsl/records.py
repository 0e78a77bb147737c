"""`record`: frozen, slotted dataclasses whose methods are made when they are first needed, not when they are imported.

`dataclasses.dataclass` compiles six methods for each class at import. For the nodes of the tree and of the typed
program that took longer than everything else that `mldsl check` does. A record behaves as if it were made by
`@dataclass(frozen=True, slots=True)`; `fields`, `replace`, pattern matching, copying and pickling work on it.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, field
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")

# What marks a plain field for `dataclasses.fields`.
_PLAIN = dataclasses._FIELD  # type: ignore[attr-defined]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Make a record of a class: its annotations are the fields, as for a dataclass; those of its bases come first."""
    return _made(cls, by_name=False)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def named_record(cls: type[T]) -> type[T]:
    """As `record`, for a class whose instances are made by the names of fields alone (`kw_only=True`)."""
    return _made(cls, by_name=True)


def _made(cls: type[T], *, by_name: bool) -> type[T]:
    annotations = inspect.get_annotations(cls)
    own = {name: _field(name, type_, vars(cls), by_name) for name, type_ in annotations.items()}
    fields: dict[str, Field[Any]] = {}
    for base in reversed(cls.__mro__[1:]):
        fields |= vars(base).get("__dataclass_fields__", {})
    fields |= own
    others = tuple(vars(cls).get("__slots__", ()))  # of what is no field: what an instance remembers, say
    left = {*own, *others, "__dict__", "__weakref__"}
    kept = {name: value for name, value in vars(cls).items() if name not in left}
    metaclass: Any = type(cls)
    made = metaclass(cls.__name__, cls.__bases__, kept | _methods(fields) | {"__slots__": (*own, *others)})
    made.__qualname__ = cls.__qualname__
    made.__init__ = _lazy_init(made, fields)
    return made  # type: ignore[no-any-return]


def _field(name: str, type_: object, namespace: Mapping[str, object], by_name: bool) -> Field[Any]:
    given = namespace.get(name, MISSING)
    found: Any = given if isinstance(given, Field) else field(default=given)
    found.name, found.type, found.kw_only, found._field_type = name, type_, by_name, _PLAIN
    return found  # type: ignore[no-any-return]


def _lazy_init(cls: Any, fields: Mapping[str, Field[Any]]) -> Callable[..., None]:  # noqa: ANN401
    """An `__init__` that puts a compiled one in its own place when it is first called."""

    def init(self: object, *args: object, **kwargs: object) -> None:
        cls.__init__ = _compile_init(cls, fields)
        cls.__init__(self, *args, **kwargs)

    return init


def _compile_init(cls: type, fields: Mapping[str, Field[Any]]) -> Callable[..., None]:
    """The `__init__` of a frozen dataclass: it sets each slot, past the `__setattr__` that refuses to."""
    names: dict[str, Any] = {"__absent": MISSING}
    parameters, lines = ["self"], []
    if any(item.kw_only for item in fields.values()):
        parameters.append("*")
    for name, item in fields.items():
        names[f"__set_{name}"] = getattr(cls, name).__set__
        parameter, value = name, name
        if item.default_factory is not MISSING:
            names[f"__new_{name}"] = item.default_factory
            parameter, value = f"{name}=__absent", f"__new_{name}() if {name} is __absent else {name}"
        elif item.default is not MISSING:
            names[f"__default_{name}"] = item.default
            parameter = f"{name}=__default_{name}"
        parameters.append(parameter)
        lines.append(f"    __set_{name}(self, {value})")
    exec("\n".join([f"def __init__({', '.join(parameters)}):", *(lines or ["    pass"])]), names)  # noqa: S102
    made: Callable[..., None] = names["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _methods(fields: Mapping[str, Field[Any]]) -> dict[str, object]:
    """What a frozen dataclass has beside `__init__`, as closures, for which nothing has to be compiled."""
    every = tuple(fields)
    shown = tuple(name for name, item in fields.items() if item.repr)
    values = _getter(tuple(name for name, item in fields.items() if item.compare))

    def show(self: object) -> str:
        inner = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{type(self).__qualname__}({inner})"

    def equal(self: object, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def number(self: object) -> int:
        return hash(values(self))

    def state(self: object) -> list[object]:
        return [getattr(self, name) for name in every]

    def restore(self: object, state: list[object]) -> None:
        for name, value in zip(every, state, strict=True):
            object.__setattr__(self, name, value)

    return {
        "__dataclass_fields__": dict(fields),
        "__match_args__": tuple(name for name in every if not fields[name].kw_only),
        "__repr__": show,
        "__eq__": equal,
        "__hash__": number,
        "__getstate__": state,
        "__setstate__": restore,
        "__setattr__": _refuse_setting,
        "__delattr__": _refuse_deleting,
    }


def _getter(names: tuple[str, ...]) -> Callable[[object], object]:
    """What gives the values of these attributes, in a form that can be compared and hashed."""
    return attrgetter(*names) if names else lambda _: ()


def _refuse_setting(self: object, name: str, value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deleting(self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
