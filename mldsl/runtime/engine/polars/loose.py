"""Where the order of a join's rows does not matter, since a group follows that asks for none of it.

A join whose rows come in any order takes less time and memory. They then have a column that tells their order, of
which a group needs the least: groups come in the order in which they first appear.
"""

from __future__ import annotations

from collections.abc import Sequence

from mldsl.plan.expressions import Call, Window
from mldsl.plan.nodes import Derive, Filter, Group, Join, Rename, Select, Verb
from mldsl.plan.walk import descendants
from mldsl.runtime.engine.polars.aggregates import IN_ORDER

# So many row numbers of 32 bits fit beside one another into the 127 bits of the order's column.
_NUMBERS = 3
_LOOSE = ("inner", "left", "semi", "anti")


def may_be_loose(verb: Join, follow: Sequence[Verb]) -> bool:
    """Whether the verbs that follow the join let its rows come in any order."""
    return verb.how in _LOOSE and _before_group(follow, _NUMBERS - 1 - _adds(verb))


def _before_group(verbs: Sequence[Verb], room: int) -> bool:
    """Whether there is a group to which each row matters by itself, and room for the row numbers of joins before it."""
    for verb in verbs:
        match verb:
            case Filter() | Derive():
                if any(isinstance(node, Window) for node in descendants(verb)):
                    return False
            case Select() | Rename():
                pass
            case Join():
                room -= _adds(verb)
                if verb.how not in _LOOSE or room < 0:
                    return False
            case Group():
                return not any(isinstance(node, Call) and node.function in IN_ORDER for node in descendants(verb))
            case _:
                return False
    return False


def _adds(verb: Join) -> int:
    """How many row numbers the order of the join's rows is made of beside the left table's."""
    return 0 if verb.how in ("semi", "anti") else 1
