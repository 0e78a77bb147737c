"""Option values about pods: kinds of devices, labels of nodes, tolerations, volumes."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from mldsl.analysis.options.values import Wrong, describe, of_kind
from mldsl.catalog.kubernetes import (
    EFFECTS,
    NodeLabel,
    Toleration,
    Volume,
    accelerator_problem,
    parse_label,
    parse_toleration,
    parse_volume,
)
from mldsl.catalog.options import OptionSpec
from mldsl.catalog.texts import TextProblem
from mldsl.diagnostics.suggest import Hint, suggest
from mldsl.syntax import tree

_DEVICE = "a Kubernetes resource such as `nvidia.com/gpu`, or a type of Vertex AI's such as `NVIDIA_TESLA_T4`"


def device(value: tree.Value, spec: OptionSpec) -> object:
    """The name of a kind of device."""
    found = of_kind(value, "string")
    if found is None:
        return Wrong(_DEVICE)
    problem = accelerator_problem(str(found.value))
    return str(found.value) if problem is None else Wrong(said=_said(value, problem), help=f"it is {_DEVICE}")


def label(value: tree.Value, spec: OptionSpec) -> object:
    """`"key=value"` as a NodeLabel."""
    return _parsed(value, parse_label, 'a label of nodes such as `"pool=ml"`')


def toleration(value: tree.Value, spec: OptionSpec) -> object:
    """`"key=value:Effect"` as a Toleration."""
    return _parsed(value, parse_toleration, 'a taint of nodes such as `"dedicated=ml:NoSchedule"`', _effect)


def volume(value: tree.Value, spec: OptionSpec) -> object:
    """`"claim:/path"` as a Volume."""
    return _parsed(value, parse_volume, 'a claim and a path such as `"shared:/data"`', _plain_path)


def identity(value: object) -> str | None:
    """What no two values of an option may share, in words; None where nothing is said of that."""
    match value:
        case NodeLabel(key=key):
            return f"`{key}`"
        case Volume(path=path):
            return f"a volume at `{path}`"
        case Toleration(key=key, value=wanted, effect=effect):
            return f"`{key}{'' if wanted is None else f'={wanted}'}{f':{effect}' if effect else ''}`"
        case _:
            return None


def _parsed(
    value: tree.Value,
    parse: Callable[[str], object],
    wanted: str,
    way: Callable[[str], str | None] = lambda text: None,
) -> object:
    literal = of_kind(value, "string")
    if literal is None:
        return Wrong(wanted)
    text = str(literal.value)
    found = parse(text)
    if not isinstance(found, TextProblem):
        return found
    return Wrong(said=_said(value, found.message), help=way(text) or f"write {wanted}")


def _said(value: tree.Value, problem: str) -> str:
    return f"{describe(value)} {problem}"


def _effect(text: str) -> str | None:
    """The effect that is meant."""
    taint, _, given = text.partition(":")
    near = suggest(given, EFFECTS)
    return None if near is None else Hint(f"did you mean `{near}`?", f'"{text}"', f'"{taint}:{near}"')


def _plain_path(text: str) -> str | None:
    """The same volume with its path as it is."""
    claim, _, rest = text.partition(":")
    path, colon, mode = rest.partition(":")
    plain = posixpath.normpath("/" + path.lstrip("/"))
    fixed = f"{claim}:{plain}{colon}{mode}"
    if plain == "/" or isinstance(parse_volume(fixed), TextProblem):
        return None
    return Hint(f'write `"{fixed}"`', f'"{text}"', f'"{fixed}"')
