"""Types of CEL expressions: functions that the backend has, operands that go together, inputs that there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mldsl.diagnostics.suggest import did_you_mean
from mldsl_kubeflow.validation.cel.parsing import Call, Expression, Index, Listed, Literal, Name, Select

INTEGER = "an integer parameter"
"""A parameter that is an integer: a float until it is cast, as Kubeflow's SDK writes it, with `int(…)`."""
_OF_PARAMETER = {
    "STRING": "string",
    "BOOLEAN": "bool",
    "NUMBER_DOUBLE": "double",
    "NUMBER_INTEGER": INTEGER,
    "LIST": "list",
    "STRUCT": "map",
    "TASK_FINAL_STATUS": "map",
}
_ORDERED = frozenset({"bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"})
_NUMBERS = frozenset({"int", "uint", "double"})
_CASTABLE = _NUMBERS | {"string", "timestamp", "dyn", INTEGER}
_COMPARES = frozenset({"<", "<=", ">", ">="})

# What a function gives; those of the standard library that `cel.NewEnv` has, and Kubeflow's own `parseJson`.
_CASTS = {"int", "uint", "double", "string", "bool", "bytes", "timestamp", "duration", "dyn", "type"}
_FUNCTIONS = {name: name for name in _CASTS} | {"size": "int", "matches": "bool", "parseJson": "dyn"}
_PARTS = "FullYear Month DayOfYear DayOfMonth Date DayOfWeek Hours Minutes Seconds Milliseconds"
_METHODS = {f"get{part}": "int" for part in _PARTS.split()}
_METHODS |= dict.fromkeys(("startsWith", "endsWith", "contains", "matches"), "bool") | {"size": "int"}
_MACROS = {"all": "bool", "exists": "bool", "exists_one": "bool", "map": "list", "filter": "list"}


@dataclass(slots=True)
class Checker:
    """Finds types; `problems` is what was wrong. `names` are variables beside `inputs`, with their types."""

    parameters: Mapping[str, str] | None = None
    artifacts: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _bound: list[str] = field(default_factory=list)

    def type_of(self, tree: Expression) -> str:
        """CEL's name of the type; `dyn` for what is known only when it is computed."""
        match tree:
            case Literal():
                return tree.type
            case Name():
                return self._name(tree.name)
            case Select():
                return self._select(tree)
            case Index():
                return self._index(tree)
            case Listed():
                for item in tree.items:
                    self._value(item)
                return tree.type
            case Call():
                return self._call(tree)

    def _say(self, text: str) -> str:
        self.problems.append(text)
        return "dyn"

    def _value(self, tree: Expression) -> str:
        """The type of what is used as a value: an integer parameter is none before its cast."""
        type_ = self.type_of(tree)
        if type_ == INTEGER:
            name = tree.index.text if isinstance(tree, Index) and isinstance(tree.index, Literal) else "…"
            access = f"inputs.parameter_values['{name}']"
            return self._say(f"`{name}` is an integer, and stored as a float: write `int({access})`")
        if type_ in ("inputs", "parameters", "artifacts"):
            return self._say(f"`{type_}` is no value")
        return type_

    def _name(self, name: str) -> str:
        if name in self._bound:
            return "dyn"
        if name in self.names:
            return self.names[name]
        if self.parameters is not None and name == "inputs":
            return "inputs"
        known = [*self.names, *(["inputs"] if self.parameters is not None else [])]
        return self._say(f"there is no `{name}`; {did_you_mean(name, known) or f'there is {_listed(known)}'}")

    def _select(self, tree: Select) -> str:
        type_ = self.type_of(tree.operand)
        if type_ == "inputs":
            if tree.field in ("parameter_values", "artifacts"):
                return "parameters" if tree.field == "parameter_values" else "artifacts"
            return self._say(f"`inputs` has `parameter_values` and `artifacts`, and no `{tree.field}`")
        if type_ == "parameters":
            return self._input(tree.field)
        if type_ == "artifacts":
            return self._artifact(tree.field)
        if type_ not in ("dyn", "map"):
            return self._say(f"{type_} has no `{tree.field}`")
        return "dyn"

    def _index(self, tree: Index) -> str:
        type_ = self.type_of(tree.operand)
        if type_ in ("parameters", "artifacts"):
            if not (isinstance(tree.index, Literal) and tree.index.type == "string"):
                return self._say("an input is named by a string")
            return self._input(tree.index.text) if type_ == "parameters" else self._artifact(tree.index.text)
        index = self._value(tree.index)
        if type_ == "list" and index not in ("int", "dyn"):
            return self._say(f"an item of a list is numbered, not called by {index}")
        if type_ not in ("list", "map", "dyn"):
            return self._say(f"{type_} has no items")
        return "dyn"

    def _input(self, name: str) -> str:
        if self.parameters is None or name not in self.parameters:
            near = did_you_mean(name, self.parameters or ())
            return self._say(f"the task is given no parameter `{name}`" + (f"; {near}" if near else ""))
        return _OF_PARAMETER.get(self.parameters[name], "dyn")

    def _artifact(self, name: str) -> str:
        return "dyn" if name in self.artifacts else self._say(f"the task is given no artifact `{name}`")

    def _call(self, tree: Call) -> str:
        if tree.function in _OPERATORS:
            return self._operator(tree.function, [self._value(arg) for arg in tree.args])
        if tree.target is None:
            return self._function(tree)
        if tree.function in _MACROS and len(tree.args) >= 2 and isinstance(tree.args[0], Name):
            return self._macro(tree, tree.args[0].name)
        for part in (tree.target, *tree.args):
            self._value(part)
        if tree.function not in _METHODS:
            near = did_you_mean(tree.function, [*_METHODS, *_MACROS])
            return self._say(f"the backend has no function `{tree.function}`" + (f"; {near}" if near else ""))
        return _METHODS[tree.function]

    def _function(self, tree: Call) -> str:
        if tree.function == "has":
            if len(tree.args) != 1 or not isinstance(tree.args[0], Select):
                return self._say("`has` asks for a field: `has(a.b)`")
            self.type_of(tree.args[0].operand)
            return "bool"
        if tree.function not in _FUNCTIONS:
            near = did_you_mean(tree.function, _FUNCTIONS)
            return self._say(f"the backend has no function `{tree.function}`" + (f"; {near}" if near else ""))
        wanted = 2 if tree.function == "matches" else 1
        if len(tree.args) != wanted:
            return self._say(f"`{tree.function}` takes {wanted} of {len(tree.args)} arguments")
        for arg in tree.args:
            type_ = self.type_of(arg) if tree.function in _CASTS else self._value(arg)
            if tree.function in _NUMBERS and type_ not in _CASTABLE:
                return self._say(f"`{tree.function}` does not take {type_}")
            if tree.function == "parseJson" and type_ not in ("string", "dyn"):
                return self._say(f"`parseJson` takes a string, and this is {type_}")
        return _FUNCTIONS[tree.function]

    def _macro(self, tree: Call, name: str) -> str:
        self._value(tree.target) if tree.target is not None else None
        self._bound.append(name)
        for arg in tree.args[1:]:
            self._value(arg)
        self._bound.pop()
        return _MACROS[tree.function]

    def _operator(self, sign: str, types: list[str]) -> str:
        known = [type_ for type_ in types if type_ != "dyn"]
        if sign in ("&&", "||", "!_"):
            wrong = [type_ for type_ in known if type_ != "bool"]
            return self._say(f"`{sign.rstrip('_')}` wants bool, and this is {wrong[0]}") if wrong else "bool"
        if sign == "?:":
            if types[0] not in ("bool", "dyn"):
                return self._say(f"`?` wants bool, and this is {types[0]}")
            return self._same(sign, types[1:])
        if sign == "in":
            return self._say(f"`in` wants a list or a map, and this is {types[1]}") if not _holds(types[1]) else "bool"
        if sign == "-_":
            return types[0] if types[0] in (*_NUMBERS, "dyn") else self._say(f"`-` wants a number, not {types[0]}")
        same = self._same(sign, types)
        if sign in ("==", "!="):
            return "bool"
        if sign in _COMPARES:
            return "bool" if same in (*_ORDERED, "dyn") else self._say(f"`{sign}` does not order {same}")
        if {"timestamp", "duration"} & set(types):
            return "dyn"
        fits = _NUMBERS if sign != "+" else _NUMBERS | {"string", "bytes", "list"}
        return same if same in (*fits, "dyn") else self._say(f"`{sign}` does not take {same}")

    def _same(self, sign: str, types: list[str]) -> str:
        known = sorted({type_ for type_ in types if type_ not in ("dyn", "null")})
        if len(known) > 1 and not (set(known) <= {"timestamp", "duration"} and sign in "+-"):
            return self._say(f"`{sign}` does not take {' and '.join(known)} together")
        return known[0] if known and "dyn" not in types else "dyn"


def _holds(type_: str) -> bool:
    return type_ in ("list", "map", "dyn")


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


_OPERATORS = frozenset({"&&", "||", "!_", "?:", "in", "-_", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%"})
