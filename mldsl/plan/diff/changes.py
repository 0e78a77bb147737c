"""From what was said and what is said now to changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from mldsl.plan.diff.facts import Fact, Part
from mldsl.plan.diff.model import Change

_ALIKE = 0.6
"""From this share of equal letters on, a line that went and one that came are one line that changed."""


def fact_changes(before: Iterable[Fact], after: Iterable[Fact]) -> tuple[Change, ...]:
    """The facts that came, went, or have another value; in the later order, what is gone behind."""
    old, new = _by_name(before), _by_name(after)
    found = [
        Change(part, name, old.get((part, name)), value)
        for (part, name), value in new.items()
        if old.get((part, name)) != value
    ]
    found += [Change(part, name, value, None) for (part, name), value in old.items() if (part, name) not in new]
    return tuple(found)


def line_changes(before: Sequence[str], after: Sequence[str], *, ordered: bool) -> list[Change]:
    """The lines that came, went and changed; with `ordered`, a line at another place went and came."""
    if not ordered:
        gone, come = Counter(before) - Counter(after), Counter(after) - Counter(before)
        return list(_paired(list(gone.elements()), list(come.elements())))
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    blocks = [block for block in matcher.get_opcodes() if block[0] != "equal"]
    return [change for _, a, b, c, d in blocks for change in _paired(before[a:b], after[c:d])]


def _paired(gone: Sequence[str], come: Sequence[str]) -> Iterator[Change]:
    left = list(gone)
    for line in come:
        near = max(left, key=lambda other: _likeness(other, line), default=None)
        if near is not None and _likeness(near, line) >= _ALIKE:
            left.remove(near)
            yield Change("line", "", near, line)
        else:
            yield Change("line", "", None, line)
    yield from (Change("line", "", line, None) for line in left)


def _likeness(first: str, second: str) -> float:
    """How alike two lines are, from 0 to 1; lines that do different things are not."""
    if first.split(" ")[0] != second.split(" ")[0]:
        return 0.0
    return SequenceMatcher(a=first, b=second, autojunk=False).ratio()


def _by_name(facts: Iterable[Fact]) -> dict[tuple[Part, str], str]:
    """A second fact of one name gets a number."""
    found: dict[tuple[Part, str], str] = {}
    for fact in facts:
        name, count = fact.name, 1
        while (fact.part, name) in found:
            count += 1
            name = f"{fact.name} ({count})"
        found[fact.part, name] = fact.value
    return found
