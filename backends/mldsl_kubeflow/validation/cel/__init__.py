"""CEL, the language of Kubeflow's conditions: whether the backend's own implementation would take an expression.

Its syntax is all of CEL's but messages; a test holds it equal to `cel-python`'s. Its types are checked as `cel-go` does
before a condition is computed, with the types of the parameters, which `cel-go` learns only then.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping

from mldsl_kubeflow.validation.cel.checking import Checker
from mldsl_kubeflow.validation.cel.parsing import Malformed, parse

__all__ = ["Malformed", "condition_problems", "parse", "selector_problems"]

_SELECTED = {"string_value": "string", "number_value": "double", "bool_value": "bool"}
_SELECTED |= {"struct_value": "map", "list_value": "list", "null_value": "null"}


def condition_problems(text: str, parameters: Mapping[str, str], artifacts: frozenset[str]) -> Iterator[str]:
    """What is wrong with a condition of a task with these inputs; `parameters` are their types by name."""
    checker = Checker(parameters=parameters, artifacts=artifacts)
    type_ = yield from _checked(text, checker)
    if type_ not in (None, "bool", "dyn"):
        yield f"`{text}` is {type_}, and a condition is bool"


def selector_problems(text: str) -> Iterator[str]:
    """What is wrong with the expression that takes a part out of a parameter."""
    yield from _checked(text, Checker(names=_SELECTED))


def _checked(text: str, checker: Checker) -> Generator[str, None, str | None]:
    """Yields problems, and returns the type."""
    try:
        tree = parse(text)
    except Malformed as error:
        yield f"`{text}` is not CEL: {error}"
        return None
    type_ = checker.type_of(tree)
    yield from checker.problems
    return None if checker.problems else type_
