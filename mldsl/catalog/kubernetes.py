"""What a program says in Kubernetes' words: labels of nodes, tolerations, volumes, kinds of devices."""

from __future__ import annotations

import posixpath
import re
from typing import Literal, cast, get_args

from mldsl.catalog.texts import TextProblem
from mldsl.records import record

Effect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
EFFECTS: tuple[Effect, ...] = get_args(Effect)

# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_LONGEST_NAME = 63
# RFC 1123, as in https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LONGEST_SUBDOMAIN = 253
# `machineSpec.acceleratorType` of Vertex AI: `NVIDIA_TESLA_T4`, `TPU_V3`.
_VERTEX = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")

_RULE = f"letters, digits, `-`, `_` and `.`, at most {_LONGEST_NAME}, a letter or a digit first and last"


@record
class NodeLabel:
    """A label that a node must have."""

    key: str
    value: str


@record
class Toleration:
    """A taint of nodes that does not matter; without `value` any value's, without `effect` every effect's."""

    key: str
    value: str | None = None
    effect: Effect | None = None


@record
class Volume:
    """A persistent volume claim, and the directory where it is mounted."""

    claim: str
    path: str
    read_only: bool = False


def parse_label(text: str) -> NodeLabel | TextProblem:
    """`key=value`."""
    key, sign, value = text.partition("=")
    if not sign:
        return TextProblem("is not `key=value`")
    problem = _key_problem(key) or _value_problem(value)
    return NodeLabel(key, value) if problem is None else TextProblem(problem)


def parse_toleration(text: str) -> Toleration | TextProblem:
    """`key=value:NoSchedule`; the value, the effect or both may be left out, as in the taint itself."""
    taint, colon, effect = text.partition(":")
    key, sign, value = taint.partition("=")
    if colon and effect not in EFFECTS:
        listed = ", ".join(f"`{item}`" for item in EFFECTS)
        return TextProblem(f"has the effect `{effect}`; there are {listed}")
    problem = _key_problem(key) or _value_problem(value)
    if problem is not None:
        return TextProblem(problem)
    return Toleration(key, value if sign else None, cast("Effect", effect) if colon else None)


def parse_volume(text: str) -> Volume | TextProblem:
    """`claim:/mount/path`, `claim:/mount/path:ro`."""
    claim, colon, rest = text.partition(":")
    path, more, mode = rest.partition(":")
    if not colon or not path:
        return TextProblem("is not `claim:/mount/path`")
    if more and mode != "ro":
        return TextProblem(f"ends in `:{mode}`; what may stand there is `:ro`, for a volume that is only read")
    if not _is_subdomain(claim):
        return TextProblem(f"has the claim `{claim}`: lower-case letters, digits, `-` and `.` are what its name has")
    problem = _path_problem(path)
    return Volume(claim, path, bool(more)) if problem is None else TextProblem(problem)


def accelerator_problem(text: str) -> str | None:
    """What is wrong with the name of a kind of device, which "the text …" begins; None when nothing is."""
    domain, slash, name = text.partition("/")
    if not slash:
        return None if _VERTEX.fullmatch(text) else "is no kind of device"
    # https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources
    if domain == "kubernetes.io" or domain.endswith(".kubernetes.io"):
        return "is in `kubernetes.io`, where Kubernetes keeps what is its own and no device"
    return None if _is_subdomain(domain) and _is_name(name) else "is not a name that Kubernetes has for a device"


def is_resource(accelerator: str) -> bool:
    """Whether a kind of device has Kubernetes' name, and not Vertex AI's."""
    return "/" in accelerator


def _key_problem(key: str) -> str | None:
    """What is wrong with the key of a label or of a taint."""
    prefix, slash, name = key.rpartition("/")
    if slash and not _is_subdomain(prefix):
        return f"has the key `{key}`: what stands before its `/` is a name as of a domain, in lower case"
    return None if _is_name(name) else f"has the key `{key}`, which wants {_RULE}"


def _value_problem(value: str) -> str | None:
    return None if not value or _is_name(value) else f"has the value `{value}`, which wants {_RULE}"


def _path_problem(path: str) -> str | None:
    if not path.startswith("/"):
        return f"has the path `{path}`, and a volume is mounted at an absolute one"
    if not path.isprintable():
        return "has a path with characters that cannot be seen"
    plain = posixpath.normpath("/" + path.lstrip("/"))
    if plain == "/":
        return "would be mounted over everything: give it a directory of its own, such as `/data`"
    return None if path == plain else f"has the path `{path}`, which is `{plain}`"


def _is_name(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None


def _is_subdomain(text: str) -> bool:
    return len(text) <= _LONGEST_SUBDOMAIN and _SUBDOMAIN.fullmatch(text) is not None
