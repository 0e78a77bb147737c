"""Where pods are placed and what is mounted in them, in Kubernetes' words: said once, however many tasks have it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mldsl.backend.asked import Asked
from mldsl.backend.names import Names, shortened
from mldsl.plan.nodes import Toleration
from mldsl_airflow.facts import Facts
from mldsl_airflow.python import Expression, Items, Mapped, Name, statement

# The name of a volume in a pod is a label of RFC 1123; that of a claim may be longer, and have dots.
_LONGEST_VOLUME = 63


def placed(facts: Facts) -> str:
    """The constant with all places that differ; nothing where no task asks for any."""
    found = _places(facts)
    return statement(Items(tuple(map(_place, found))), before="PLACED = ") if found else ""


def places_of(facts: Facts) -> dict[str, Name]:
    """Which of them is whose: by the ids of tasks."""
    numbers = {place: number for number, place in enumerate(_places(facts))}
    own = {task.id: _bare(task.asked) for task in facts.tasks}
    return {id_: Name(f"PLACED[{numbers[place]}]") for id_, place in own.items() if place in numbers}


def _places(facts: Facts) -> list[Asked]:
    found = dict.fromkeys(_bare(task.asked) for task in facts.tasks)
    return [place for place in found if place != Asked()]


def _bare(given: Asked) -> Asked:
    """Without what a container is given."""
    return Asked(node_selector=given.node_selector, tolerations=given.tolerations, volumes=given.volumes)


def _place(given: Asked) -> Expression:
    """Additions to the pod's specification, and to its container's mounts."""
    names = _volume_names(given)
    parts: list[tuple[str, Expression]] = [("spec", Mapped(tuple(_spec(given, names))))]
    if given.volumes:
        mounts = (
            Mapped(
                (
                    ("name", names[item.claim]),
                    ("mountPath", item.path),
                    *((("readOnly", True),) if item.read_only else ()),
                )
            )
            for item in given.volumes
        )
        parts.append(("mounts", Items(tuple(mounts))))
    return Mapped(tuple(parts))


def _spec(given: Asked, names: dict[str, str]) -> Iterator[tuple[str, Expression]]:
    if given.node_selector:
        yield "nodeSelector", Mapped(tuple((label.key, label.value) for label in given.node_selector))
    if given.tolerations:
        yield "tolerations", Items(tuple(map(_toleration, given.tolerations)))
    if given.volumes:
        claims = (
            Mapped((("name", name), ("persistentVolumeClaim", Mapped((("claimName", claim),)))))
            for claim, name in names.items()
        )
        yield "volumes", Items(tuple(claims))


def _toleration(given: Toleration) -> Expression:
    parts: list[tuple[str, Expression]] = [("key", given.key)]
    parts.append(("operator", "Exists" if given.value is None else "Equal"))
    if given.value is not None:
        parts.append(("value", given.value))
    if given.effect is not None:
        parts.append(("effect", given.effect))
    return Mapped(tuple(parts))


def _volume_names(given: Asked) -> dict[str, str]:
    """The volumes' names in the pod by their claims."""
    names = Names(frozenset(), _volume_name, "-")
    return {claim: names.give(claim, "volume") for claim in dict.fromkeys(item.claim for item in given.volumes)}


def _volume_name(claim: str) -> str:
    # Room for what `Names` puts behind it.
    return shortened(re.sub(r"\.", "-", claim), claim, _LONGEST_VOLUME - len("-volume-99"), "-")
