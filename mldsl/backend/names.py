"""Names for things of a program where another system has its own rules for names: fit for it, and each given once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count


@dataclass(slots=True)
class Names:
    """Gives names, none of them twice.

    `reserved` are those that something else has, `fit` makes of any text a name that the system takes, `joint` stands
    between a name and what is put behind it.
    """

    reserved: frozenset[str]
    fit: Callable[[str], str]
    joint: str = "_"
    _taken: set[str] = field(default_factory=set)

    def give(self, wanted: str, kind: str) -> str:
        """`wanted`, or something near it: with the kind of thing behind it, then with a number."""
        name = next(item for item in self._near(wanted, kind) if item not in self._taken and item not in self.reserved)
        self._taken.add(name)
        return name

    def _near(self, wanted: str, kind: str) -> Iterator[str]:
        fit = self.fit(wanted)
        yield fit
        yield self.joint.join((fit, kind))
        yield from (self.joint.join((fit, kind, str(number))) for number in count(2))


def shortened(fit: str, name: str, longest: int, joint: str = "_") -> str:
    """`fit` with at most so many characters: instead of what is cut off, a digest of `name`, of which it is made."""
    if len(fit) <= longest:
        return fit
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{fit[: longest - 8 - len(joint)]}{joint}{digest}"
